"""`dev.py`: when it installs, what it refuses, and that an old Python is told so."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dev
import pytest


def copy_inputs(folder: Path) -> Path:
    """A folder with all that an installation depends on."""
    shutil.copytree(dev.ROOT / "requirements", folder / "requirements")
    shutil.copy(dev.ROOT / "pyproject.toml", folder)
    return folder


def write_stamp(root: Path, kind: str) -> Path:
    """A stamp as `install` leaves it behind."""
    stamp = root / "stamp.json"
    stamp.write_text(f'{{"{kind}": "{dev.fingerprint(kind, root=root)}"}}', encoding="utf-8")
    return stamp


@pytest.mark.parametrize(
    ("installed", "wanted", "expected"),
    [("run", "run", True), ("dev", "dev", True), ("dev", "run", True), ("run", "dev", False)],
)
def test_a_dev_environment_serves_the_demo_and_not_the_other_way_round(
    tmp_path: Path, installed: str, wanted: str, expected: bool
) -> None:
    root = copy_inputs(tmp_path)
    stamp = write_stamp(root, installed)

    assert expected == dev.is_installed(wanted, stamp=stamp, root=root)


@pytest.mark.parametrize("changed", ["requirements/dev.txt", "pyproject.toml"])
def test_a_changed_pin_or_dependency_installs_again(tmp_path: Path, changed: str) -> None:
    root = copy_inputs(tmp_path)
    stamp = write_stamp(root, "dev")
    file = root / changed
    file.write_text(file.read_text(encoding="utf-8").replace("click>=8.1", "click>=8.2") + "\n", encoding="utf-8")

    assert not dev.is_installed("dev", stamp=stamp, root=root)


def test_a_changed_lint_rule_does_not_install_again(tmp_path: Path) -> None:
    root = copy_inputs(tmp_path)
    stamp = write_stamp(root, "dev")
    file = root / "pyproject.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n[tool.other]\nx = 1\n", encoding="utf-8")

    assert dev.is_installed("dev", stamp=stamp, root=root)


@pytest.mark.parametrize("content", [None, "", "not json", "{}", "[]"])
def test_a_missing_or_broken_stamp_installs_again(tmp_path: Path, content: str | None) -> None:
    root = copy_inputs(tmp_path)
    stamp = root / "stamp.json"
    if content is not None:
        stamp.write_text(content, encoding="utf-8")

    assert not dev.is_installed("dev", stamp=stamp, root=root)


def test_every_pin_of_the_demo_stands_in_the_dev_requirements_at_the_same_version() -> None:
    pins = {
        kind: {
            line.partition(" ")[0]
            for line in (dev.ROOT / "requirements" / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
            if "==" in line and not line.startswith((" ", "#"))
        }
        for kind in ("run", "dev")
    }

    assert set() == pins["run"] - pins["dev"]


def test_cost_is_measured_last_when_nothing_else_runs() -> None:
    assert ["ruff", "ruff", "mypy", "lint-imports", "pytest", "python"] == [check[0] for check in dev.CHECKS]
    assert ("python", "-m", "bench", "--quick", "--bounds") == dev.CHECKS[-1]


def test_an_old_python_can_read_the_file_as_far_as_the_line_that_refuses_it() -> None:
    source = (dev.ROOT / "dev.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    before = tree.body[: next(i for i, node in enumerate(tree.body) if isinstance(node, ast.If))]

    assert ["Expr", "Import"] == [type(node).__name__ for node in before]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "No task was named"),
        (["tets"], 2, "There is no task `tets`"),
        (["test", "-k", "x"], 1, "`test` takes no arguments, and `-k x` was given"),
        (["fix", "src"], 1, "`fix` takes no arguments, and `src` was given"),
    ],
)
def test_what_it_cannot_do_is_refused_with_a_hint(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    found = dev.main(arguments)
    captured = capsys.readouterr()

    assert code == found
    assert "" == captured.out
    assert f"error: {words}" == captured.err.splitlines()[0]
    assert captured.err.splitlines()[1].startswith("hint: ")


def test_help_names_every_task_and_works_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(dev.ROOT / "dev.py"), "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    listed = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]

    assert list(dev.TASKS) == listed
    assert all(len(line) <= 80 for line in done.stdout.splitlines())


def test_a_failed_check_does_not_hide_the_ones_after_it(capfd: pytest.CaptureFixture[str]) -> None:
    bad, good = (sys.executable, "-c", "raise SystemExit(3)"), (sys.executable, "-c", "print('good ran')")
    found = dev.check([bad, good])
    captured = capfd.readouterr()

    assert 1 == found
    assert "good ran\n" == captured.out
    assert captured.err.splitlines()[-1].startswith("error: 1 of 2 checks failed: ")


def test_when_all_checks_pass_the_last_one_has_the_last_word(capfd: pytest.CaptureFixture[str]) -> None:
    good = (sys.executable, "-c", "import sys; print('closing line', file=sys.stderr)")
    found = dev.check([good, good])

    assert 0 == found
    assert "closing line" == capfd.readouterr().err.splitlines()[-1]
