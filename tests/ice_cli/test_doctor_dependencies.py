"""`ice doctor` about third-party packages: each verdict with what mends it; nothing is imported, nothing written."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ice_cli.doctor_dependencies import SHOWN_FILES, dependencies
from ice_cli.observations import Surroundings
from ice_client.lock_text import LockHeader, lock_bytes
from ice_core.canonical import Digest
from ice_core.home import Home
from ice_core.models.lock import LOCK_NAME
from tests.builders.dependencies import Wheel, keep, locked_package, put
from tests.builders.wheels import plugin_wheel
from tests.fakes.folders import listing

FILES = {"acme_tiny/__init__.py": "raise SystemExit(66)\n", "acme_tiny/core.py": "", "acme_tiny/words.txt": "one"}
TINY = plugin_wheel("tiny-thing", "3.1", files=FILES, manifest={})
EARLY = plugin_wheel(
    "early", "1.0", files={"acme_early.py": ""}, manifest={}, extra={"early.pth": b"import acme_early\n"}
)


class Place:
    """A folder with a lock, a home and a folder of installed packages."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.site, self.home = folder, folder / "site", Home(folder / "home")
        self.site.mkdir()
        self.home.root.mkdir(mode=0o700)

    def lock(self, *wheels: Wheel) -> None:
        """Writes a lock of these wheels."""
        packages = [locked_package(each) for each in wheels]
        data = lock_bytes(LockHeader(requirements=(), marketplace="folder"), packages, {}, requires_python=">=3.11")
        (self.folder / LOCK_NAME).write_bytes(data)

    def told(self) -> list[tuple[str, str, str | None]]:
        """Verdict, message without this folder, and what mends it; what is trusted is left out."""
        now = datetime(2026, 6, 1, tzinfo=UTC)
        around = Surroundings(home=self.home, folder=self.folder, environ={}, search_path=(str(self.site),), now=now)
        before, modules = listing(self.folder), set(sys.modules)
        seen = [*dependencies(around)]
        assert before == listing(self.folder)
        assert modules == set(sys.modules)
        assert "trusted without a check" in seen[-1].message
        return [(each.verdict, each.message.replace(f"{self.folder}/", ""), each.mend) for each in seen[:-1]]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_without_a_lock_only_what_is_trusted_is_told(place: Place) -> None:
    assert [] == place.told()


def test_a_package_that_is_its_wheels_to_the_last_file_is_ok(place: Place) -> None:
    place.lock(TINY)
    put(place.site, TINY)
    keep(place.home, TINY)

    assert [("ok", "tiny-thing 3.1: 5 files, each that of the locked wheel", None)] == place.told()


def test_a_package_that_is_missing_is_a_problem(place: Place) -> None:
    place.lock(TINY)

    assert [
        ("problem", "tiny-thing 3.1 is locked, and not installed", "To install it, run `ice install`")
    ] == place.told()


def test_a_package_that_is_not_covered_says_why(place: Place) -> None:
    put(place.site, TINY)
    place.lock(TINY)
    unlisted = place.told()
    place.lock((TINY[0].replace("py3-none-any", "cp27-cp27m-win32"), TINY[1]))

    assert ["warning", "warning"] == [unlisted[0][0], place.told()[0][0]]
    assert "what its locked wheel holds is not known here" in unlisted[0][1]
    assert "none of its locked wheels is for this interpreter" in place.told()[0][1]


def test_another_version_is_a_problem(place: Place) -> None:
    put(place.site, plugin_wheel("tiny-thing", "3.0", files=FILES, manifest={}))
    place.lock(TINY)
    keep(place.home, TINY)
    ((verdict, message, mend),) = place.told()

    assert ("problem", "To install what is locked, run `ice install`") == (verdict, mend)
    assert "`tiny-thing` 3.0 is installed, and the lock pins 3.1" in message


def test_changed_and_added_files_are_problems_data_included(place: Place) -> None:
    """A run does not look at data files; here they are seen."""
    place.lock(TINY)
    put(place.site, TINY)
    keep(place.home, TINY)
    (place.site / "acme_tiny" / "words.txt").write_text("two")
    (place.site / "acme_tiny" / "extra.py").write_text("")

    assert [
        "`site/acme_tiny/words.txt` of `tiny-thing 3.1` is not the file that was locked",
        "`site/acme_tiny/extra.py` lies in `tiny-thing 3.1`, and the locked wheel has no such file",
    ] == [message for _, message, _ in place.told()]


def test_many_changed_files_are_counted(place: Place) -> None:
    wheel = plugin_wheel("many", "1.0", files={f"acme_many/m{n}.py": "" for n in range(9)}, manifest={})
    place.lock(wheel)
    keep(place.home, wheel)
    put(place.site, wheel)
    for path in (place.site / "acme_many").iterdir():
        path.write_text("x = 1\n")
    told = place.told()

    assert SHOWN_FILES + 1 == len(told)
    assert "4 more files of many 1.0 differ" == told[-1][1]


def test_start_up_files_are_told_with_whose_they_are(place: Place) -> None:
    place.lock(EARLY)
    put(place.site, EARLY)
    keep(place.home, EARLY)
    (place.site / "stranger.pth").write_text("import os\n")
    (place.site / "folders.pth").write_text("/srv/more\n")

    assert [
        "site/early.pth, of early 1.0, is run by each Python here before iceos can check anything",
        "site/stranger.pth, of no locked package, is run by each Python here before iceos can check anything",
    ] == [message for verdict, message, _ in place.told() if verdict == "note"]


def test_a_damaged_list_is_told_and_ends_the_look(place: Place) -> None:
    place.lock(TINY)
    keep(place.home, TINY)
    path = place.home.wheel_files(Digest.of(TINY[1]).hex)
    path.write_text("not a list\n")
    around = Surroundings(
        home=place.home, folder=place.folder, environ={}, search_path=(), now=datetime(2026, 6, 1, tzinfo=UTC)
    )

    assert ["wheel-files-invalid"] == [each.slug for each in dependencies(around)]
