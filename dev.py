#!/usr/bin/env python3
"""Every task of this repository, with nothing but Python 3.11 and a clone.

usage: python3 dev.py TASK [arguments]

  demo [...]   install what runs, then `ice demo`; arguments go to it
  test         install what checks, then every check: lint, types, tests, cost
  fix          format, mend what ruff can mend, write generated pages anew
  bench [...]  what things cost, and may cost: `--quick`, `--python 3.13`, names
  soak [...]   the long counts: kills, fuzzing; arguments go to pytest
  lock [...]   write requirements/*.txt anew; arguments go to uv (`--upgrade`)

The environment is `.venv` beside this file, installed from pins with hashes,
and again only when those or the metadata in pyproject.toml have changed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  an older interpreter must reach this line to be told
    sys.exit(
        "error: iceos needs Python 3.11 or newer, and this is %d.%d\n"
        "hint: Run `python3.11 dev.py`, or any newer Python's name in its place" % sys.version_info[:2]
    )

import hashlib
import json
import os
import shutil
import subprocess
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "iceos-installed.json"
# dev.txt holds all that run.txt holds, at the same versions, so a dev environment serves the demo too.
SERVED_BY = {"run": ("run", "dev"), "dev": ("dev",)}
CHECKS: tuple[tuple[str, ...], ...] = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports", "--no-cache"),
    ("pytest", "-n", "2", "--cov", "--cov-report=term-missing:skip-covered"),
    # Nothing else runs by then. A figure that is worse than its bound by more than a third fails.
    ("python", "-m", "bench", "--quick", "--bounds"),
)


class StepFailed(Exception):
    """A step that the task cannot go on without has failed; carries what to print."""


def say(words: str) -> None:
    """Print words for a person, in order with what the steps print."""
    sys.stdout.flush()
    print(words, file=sys.stderr, flush=True)


def program(name: str) -> Path:
    """Where the environment keeps the program `name`."""
    if os.name == "nt":
        return ENVIRONMENT / "Scripts" / (name + ".exe")
    return ENVIRONMENT / "bin" / name


def run(command: Sequence[str], *, title: str, last: bool = False) -> bool:
    """Run one step at the root and print its time, unless it is the `last`; return whether it succeeded."""
    say("==> " + title)
    begin = time.perf_counter()
    succeeded = subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    if not last:
        say("    %s in %.1f s" % ("done" if succeeded else "FAILED", time.perf_counter() - begin))
    return succeeded


def must(command: Sequence[str], *, title: str, hint: str) -> None:
    """Run one step that the rest of the task stands on.

    Raises:
        StepFailed: the step did not succeed.
    """
    if not run(command, title=title):
        raise StepFailed("error: The step `%s` failed\nhint: %s" % (title, hint))


def fingerprint(kind: str, *, root: Path = ROOT) -> str:
    """What an installation depends on, as one digest: the pins, the project's metadata and where it lies."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [
        (root / "requirements" / (kind + ".txt")).read_text(encoding="utf-8"),
        json.dumps([project["build-system"], project["project"], project["tool"]["hatch"]], sort_keys=True),
        str(root),
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_installed(kind: str, *, stamp: Path = STAMP, root: Path = ROOT) -> bool:
    """Whether the environment that `stamp` describes serves `kind` as the files under `root` stand now."""
    try:
        installed = json.loads(stamp.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False
    return any(installed == {each: fingerprint(each, root=root)} for each in SERVED_BY[kind])


def create_environment() -> None:
    """Make `.venv` unless a working one is there; one that does not work is never deleted, only named."""
    python = program("python")
    if not ENVIRONMENT.exists():
        must(
            [sys.executable, "-m", "venv", str(ENVIRONMENT)],
            title="create .venv",
            hint="Some systems package `venv` on its own, for instance as `python3-venv`",
        )
    probe = "import sys; raise SystemExit(sys.version_info < (3, 11))"
    try:
        usable = subprocess.run([str(python), "-c", probe], check=False).returncode == 0
    except OSError:
        usable = False
    if not usable:
        raise StepFailed(
            "error: `%s` holds no Python 3.11 or newer that starts\n"
            "hint: Move that folder away, then run the same command again" % ENVIRONMENT
        )


def installer() -> list[str]:
    """The command that installs into the environment: uv where there is one, otherwise its own pip."""
    python = str(program("python"))
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--quiet", "--python", python]
    has_pip = subprocess.run([python, "-c", "import pip"], check=False, stderr=subprocess.DEVNULL)
    if has_pip.returncode != 0:
        must(
            [python, "-m", "ensurepip"],
            title="add pip to .venv",
            hint="Some systems package `ensurepip` on its own, for instance as `python3-venv`",
        )
    return [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]


def install(kind: str) -> None:
    """Bring the environment to requirements/`kind`.txt plus this project, editable; nothing if it is there.

    Every distribution is a wheel with a pinned hash, so that installing runs no code but our own build.

    Raises:
        StepFailed: the environment could not be made or filled.
    """
    if is_installed(kind):
        return
    create_environment()
    STAMP.unlink(missing_ok=True)
    command = installer()
    pins = "requirements/%s.txt" % kind
    must(
        [*command, "--require-hashes", "--only-binary", ":all:", "--requirement", pins],
        title="install " + pins,
        hint="The package index must be reachable once; the answer above says what was missing",
    )
    # A pinned hash and an editable folder cannot stand in one call: two calls, the second without any index.
    must(
        [*command, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
        title="install iceos, editable",
        hint="Run `python3 dev.py lock` if the build requirements in pyproject.toml have changed",
    )
    STAMP.write_text(json.dumps({kind: fingerprint(kind)}) + "\n", encoding="utf-8")


def demo(arguments: Sequence[str]) -> int:
    """Run `ice demo` from the folder that the person stands in."""
    install("run")
    return subprocess.run([str(program("ice")), "demo", *arguments], check=False).returncode


def test(arguments: Sequence[str]) -> int:
    """Run every check: pytest last but one, then the bounds of bench/bounds.toml."""
    refuse_arguments("test", arguments)
    install("dev")
    return check([(str(program(name)), *rest) for name, *rest in CHECKS])


def check(commands: Sequence[Sequence[str]]) -> int:
    """Run every command, also after one has failed, and name those that did."""
    failed = []
    for number, command in enumerate(commands, 1):
        title = " ".join([Path(command[0]).name, *command[1:]])
        if not run(command, title=title, last=number == len(commands)):
            failed.append(title)
    if failed:
        say("error: %d of %d checks failed: %s" % (len(failed), len(commands), "; ".join(failed)))
    return 1 if failed else 0


def fix(arguments: Sequence[str]) -> int:
    """Mend what ruff can mend, format, and write the generated pages anew."""
    refuse_arguments("fix", arguments)
    install("dev")
    ruff, python = str(program("ruff")), str(program("python"))
    steps = (
        [ruff, "check", "--fix-only", "."],
        [ruff, "format", "."],
        [ruff, "check", "."],
        [python, "-m", "tests.house.errors_page"],
        [python, "-m", "tests.house.lint_rules_page"],
        [python, "-m", "tests.house.commands_page"],
        [python, "-m", "tests.house.help_pages"],
        [python, "-m", "tests.house.spec_schemas"],
        [python, "-m", "tests.house.threats_page"],
        [python, "-m", "tests.house.plugins_types"],
        [python, "-m", "bench.page"],
    )
    succeeded = [run(step, title=" ".join([Path(step[0]).name, *step[1:]])) for step in steps]
    return 0 if all(succeeded) else 1


def soak(arguments: Sequence[str]) -> int:
    """Run the tests marked `soak`, and those marked `fuzz` at their full length."""
    install("dev")
    os.environ["ICEOS_SOAK"] = "1"
    command = [str(program("pytest")), "-m", "soak or fuzz", "--timeout", "3600", *arguments]
    return 0 if run(command, title="pytest -m 'soak or fuzz', ICEOS_SOAK=1", last=True) else 1


def bench(arguments: Sequence[str]) -> int:
    """Measure from the folder that the person stands in, where `--output` writes."""
    install("dev")
    command = [str(program("python")), "-m", "bench", *arguments]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode


def lock(arguments: Sequence[str]) -> int:
    """Write requirements/{run,dev,bench}.txt: every platform, every hash, and no word about this machine."""
    uv = str(program("uv")) if program("uv").exists() else shutil.which("uv")
    if uv is None:
        raise StepFailed("error: Locking needs `uv`\nhint: Run `python3 dev.py test` once; it installs uv")
    shared = [uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    shared += ["--no-emit-index-url", "--custom-compile-command", "python3 dev.py lock"]
    shared += [*arguments, "--extra", "client", "pyproject.toml", "requirements/run.in"]
    extras = ("--extra=author", "--extra=audit", "--extra=vault")
    additions: Mapping[str, Sequence[str]] = {
        "run": (),
        "dev": ("requirements/dev.in", *extras, "--constraints", "requirements/run.txt"),
        "bench": ("requirements/bench.in", "--constraints", "requirements/dev.txt"),
    }
    for kind, more in additions.items():
        output = "requirements/%s.txt" % kind
        must(
            [*shared, *more, "--output-file", output],
            title="lock " + output,
            hint="The answer above names the requirements that exclude each other",
        )
    return 0


def refuse_arguments(task: str, arguments: Sequence[str]) -> None:
    """Refuse what a task would otherwise drop without a word.

    Raises:
        StepFailed: there is at least one argument.
    """
    if arguments:
        raise StepFailed(
            "error: `%s` takes no arguments, and `%s` was given\n"
            "hint: For some tests only, run `%s %s`"
            % (task, " ".join(arguments), program("pytest"), " ".join(arguments))
        )


TASKS: Mapping[str, Callable[[Sequence[str]], int]] = {
    "demo": demo,
    "test": test,
    "fix": fix,
    "bench": bench,
    "soak": soak,
    "lock": lock,
}


def main(arguments: Sequence[str]) -> int:
    """Run the task that the first argument names. 0 done, 1 a step failed, 2 no such task."""
    if arguments and arguments[0] in ("-h", "--help"):
        print((__doc__ or "").strip())
        return 0
    if not arguments or arguments[0] not in TASKS:
        say("error: %s" % ("There is no task `%s`" % arguments[0] if arguments else "No task was named"))
        say("hint: The tasks are %s; `python3 dev.py --help` tells what each does" % ", ".join(TASKS))
        return 2
    try:
        return TASKS[arguments[0]](arguments[1:])
    except StepFailed as failure:
        say(str(failure))
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
