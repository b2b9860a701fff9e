"""`ice doctor`: the whole report, its exit code, and that nothing is written, imported or sent."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ice_cli.commands.doctor import LOOKS
from ice_core.home import Home
from tests.builders.homes import listing
from tests.ice_cli.doctor_places import folder, home
from tests.ice_cli.invoke import Ice
from tests.ice_cli.masking import masked
from tests.ice_cli.worlds import counting, environment

__all__ = ["folder", "home"]


def test_a_sound_installation_has_nothing_wrong(ice: Ice, home: Home, folder: Path) -> None:
    """Whole output from the home folder on; what comes before differs from machine to machine."""
    report = ice("doctor")

    assert (0, "") == (report.code, report.err)
    out = re.sub("(stands on it:) .*", r"\1 PACKAGES", report.out)
    assert masked(out[out.index("\nhome\n") :], home.root) == (
        "\nhome\n"
        "  ok       HOME, writable by you alone\n"
        "keys\n"
        "  ok       acme-2026, trusted, for any package\n"
        "manifests\n"
        "  ok       HOME/plugins.d/acme-words-1.0.0.json: 6 components, signed by acme-2026\n"
        "local-index\n"
        "  note     there is no local index, so each start reads and verifies every manifest\n"
        "           To bring it up to date, run `ice plugins sync`\n"
        "store\n"
        f"  ok       1 file in the store, {sum(path.stat().st_size for path in home.blob('').iterdir())} bytes\n"
        "cache\n"
        "  note     nothing is cached yet; the first run of an installed component compiles it\n"
        "journal\n"
        "  note     no run is recorded yet\n"
        "index\n"
        "  note     no index is set, so each command is given one\n"
        "           To set it once, set $ICEOS_INDEX\n"
        "lock\n"
        "  note     there is no pylock.iceos.toml in this folder\n"
        "dependencies\n"
        "  ok       trusted without a check, because iceos stands on it: PACKAGES\n"
        "\nNothing is wrong.\n"
    )


def test_an_empty_machine_has_nothing_wrong_and_nothing_is_made(ice: Ice, folder: Path, tmp_path: Path) -> None:
    report = ice("doctor")

    assert (0, "") == (report.code, report.err)
    assert (
        f"  note     {tmp_path}/iceos-home is not there yet; it is made when something is first written\n" in report.out
    )
    assert "           To make a key, run `ice keys new ID`\n" in report.out
    assert not (tmp_path / "iceos-home").exists()


def test_json_is_one_row_for_each_observation(ice: Ice, home: Home) -> None:
    report = ice("doctor", "--json")

    rows = report.json["observations"]
    assert (0, 0, []) == (report.code, report.json["problems"], report.json["removed"])
    assert [*LOOKS] == [topic for topic in LOOKS if any(row["topic"] == topic for row in rows) or topic == "leftovers"]
    assert {"topic", "verdict", "message", "mend", "slug"} == set().union(*rows)


def test_problems_end_with_exit_code_1_and_are_counted(ice: Ice, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    next(home.blob("").iterdir()).unlink()
    monkeypatch.setenv("ICEOS_IDNEX", "market")

    report = ice("doctor")

    assert (1, "") == (report.code, report.err)
    assert (
        "  warning  ICEOS_IDNEX is set, and iceos reads no such variable\n           Did you mean `ICEOS_INDEX`?\n"
        in (report.out)
    )
    assert report.out.endswith("\n1 problem and 1 warning\n")


def test_nothing_is_written(ice: Ice, home: Home, folder: Path) -> None:
    """Not even by looking into the journal."""
    counting(folder / "count.json")
    assert 0 == ice("run", "count.json", "--input", "text=a", "--no-dynamic").code
    before = listing(home.root), listing(folder)

    assert "state.sqlite: 1 run\n" in ice("doctor").out
    assert before == (listing(home.root), listing(folder))


def test_no_socket_is_made_and_no_component_imported(home: Home, folder: Path) -> None:
    """Seen by an audit hook in a process of its own, with an index set."""
    (folder / "market").mkdir()
    watching = (
        "import sys\n"
        "def heard(event, _):\n"
        "    if event.startswith('socket.'): sys.exit(event)\n"
        "sys.addaudithook(heard)\n"
        "from ice_cli.main import run\n"
        "code = run(['doctor'])\n"
        "sys.exit(code or [name for name in sys.modules if name.startswith('acme')] or 0)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", watching],
        cwd=folder,
        env={**environment(home.root), "ICEOS_INDEX": "market"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)
    assert "  ok       market: 0 packages\n" in done.stdout
