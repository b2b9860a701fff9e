"""The same tree exported by two people gives the same bytes: other folder, home, user, locale, hash seed and zone."""

import subprocess
from pathlib import Path

import pytest

from tests.scenarios.packages import MARKERS, REPORT, WORDS, project_at
from tests.scenarios.person import Person, done, person_at

EPOCH = {"SOURCE_DATE_EPOCH": "1767225600"}
MODULES, EACH = 20, 50


def locales() -> list[str]:
    """Every locale of this machine: at least `C`."""
    listed = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False)
    return sorted(set(listed.stdout.split()) | {"C", "C.UTF-8"})


def people(folder: Path) -> list[Person]:
    """Two people whose surroundings differ in everything that could leak into a file."""
    names = locales()
    return [
        person_at(_made(folder / "one" / "first"), LC_ALL="C", PYTHONHASHSEED="0", TZ="UTC", LOGNAME="one"),
        person_at(
            _made(folder / "two" / "zweite Straße"),
            LC_ALL=names[-1] if names[-1] != "POSIX" else "C.UTF-8",
            PYTHONHASHSEED="4242",
            TZ="Asia/Kathmandu",
            LOGNAME="two",
            USER="someone else",
            COLUMNS="20",
            PYTHONUTF8="1",
        ),
    ]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "markers").mkdir()
    return folder


def exported(person: Person, project: Path, *words: str) -> str:
    """What `ice plugins export` writes to standard output."""
    environ = {**EPOCH, MARKERS: str(person.folder / "markers")}
    return done(person.ice("plugins", "export", *words, folder=project, environ=environ)).out


@pytest.mark.parametrize("words", [(), ("--public",)], ids=["whole", "public"])
def test_two_people_export_the_same_bytes(tmp_path: Path, words: tuple[str, ...]) -> None:
    """An agent, a workflow and their schemas."""
    first, second = (exported(each, project_at(each.folder / REPORT, REPORT), *words) for each in people(tmp_path))

    assert '"word_report"' in first
    assert first == second


def test_the_second_export_to_a_file_changes_nothing(tmp_path: Path) -> None:
    """Without a fixed epoch: `created` is kept when nothing else changed, by redirection too."""
    person = people(tmp_path)[0]
    project = project_at(person.folder / WORDS, WORDS)
    markers = {MARKERS: str(person.folder / "markers")}
    done(person.ice("plugins", "export", "--output", "plugins.json", folder=project, environ=markers))
    before = (project / "plugins.json").read_bytes()

    done(person.ice("plugins", "export", "--output", "plugins.json", folder=project, environ=markers))

    assert before == (project / "plugins.json").read_bytes()


def test_a_thousand_components_export_to_the_same_bytes(tmp_path: Path) -> None:
    """Declared in two orders of files; in far less time than the test's own limit."""
    made = []
    for number, person in enumerate(people(tmp_path)):
        modules = {f"part_{index:02}.py": _module(index) for index in range(MODULES)}
        order = dict(sorted(modules.items(), reverse=bool(number)))
        made.append(exported(person, project_at(person.folder / "many", "acme-many", modules=order)))

    assert MODULES * EACH == made[0].count('"node_type"')
    assert made[0] == made[1]


_HEAD = """\
from pydantic import BaseModel

from ice_sdk import agent, tool


class Row(BaseModel):
    cells: list[str]
"""


def _module(index: int) -> str:
    kinds = ("tool", "agent")
    return _HEAD + "".join(
        f'\n\n@{kinds[number % 2]}(version="1.0.0", tags=["b", "a"])\n'
        f"def part_{index:02}_{number:02}(rows: list[Row], limit: int = {number}) -> dict[str, Row | None]:\n"
        f'    """Part {number} — of {index}."""\n    return {{}}\n'
        for number in range(EACH)
    )
