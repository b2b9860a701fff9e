"""What the pages name is there: commands and their options, tasks, slugs, paths, modules. Nothing of it is run."""

from pathlib import Path

import pytest
from dev import TASKS

from ice_cli.program import build
from ice_core.error_codes import ERROR_CODES
from tests.house.documented import (
    OPTION,
    TASK,
    Written,
    command_words,
    commands,
    fault,
    is_defined,
    is_there,
    modules,
    options,
    pages,
    paths,
    slugs,
)
from tests.house.tree import ROOT

ICE = build()
PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages()]


def faults(text: str) -> list[str]:
    """Each command of a page that `ice` would not understand, with its line."""
    told = [(str(written), fault(written, ICE)) for written in commands(text)]
    return [f"{line}: {words}" for line, words in told if words]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_is_one_that_ice_understands(page: Path) -> None:
    assert [] == faults(page.read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_every_option_that_the_page_names_by_itself_is_one_of_ice(page: Path) -> None:
    """Options of other programs stand behind the program's name."""
    assert set() == set(OPTION.findall(page.read_text("utf-8"))) - options(ICE)


@pytest.mark.parametrize("page", PAGES)
def test_every_task_slug_path_and_module_of_the_page_is_there(page: Path) -> None:
    text = page.read_text("utf-8")

    assert set() == set(TASK.findall(text)) - set(TASKS)
    assert set() == slugs(text) - set(ERROR_CODES)
    assert [] == sorted(path for path in paths(text) if not is_there(path))
    assert [] == sorted(name for name in modules(text) if not is_defined(name))


def test_the_pages_hold_enough_to_be_judged() -> None:
    """A pattern that no longer finds anything would let everything pass."""
    text = "\n".join(page.read_text("utf-8") for page in pages())

    assert 80 <= len(list(commands(text)))
    assert set(TASKS) <= set(TASK.findall(text))
    assert 25 <= len(slugs(text))
    assert 20 <= len(paths(text))
    assert 15 <= len(modules(text))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("```sh\nice plugins lind\n```", 2, "there is no `ice plugins lind`"),
        ("Run `ice publich` now", 1, "there is no `ice publich`"),
        ("```console\n$ ice publish --tooo ./index\n```", 2, "--tooo"),
        ("a\n`ice lock --upgrad x`", 2, "--upgrad"),
        ("1. so:\n\n   ```sh\n   ice lock \\\n     --upgrad x\n   ```", 4, "--upgrad"),
        ("```\nice explain one two\n```", 2, "`ice explain` takes no 'two'"),
        ("```sh\nice keys new\n```", 2, "`ice keys new` needs public_key_id"),
        ("```sh\nice keys\n```", 2, "`ice keys` needs a command"),
    ],
)
def test_a_planted_command_that_does_not_exist_is_found(text: str, line: int, words: str) -> None:
    (found,) = faults(text)

    assert found.startswith(f"{line}: ")
    assert words in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$ ice run a.yaml --input 'a=b c' --no-dynamic  # first import", ("run", "a.yaml", "--input", "a=b c")),
        ("ICEOS_NO_DYNAMIC=1 ice plugins list | head", ("plugins", "list")),
        ("ice plugins export > plugins.json", ("plugins", "export")),
        (".venv/bin/ice explain", ("explain",)),
        ("ice", ()),
        ("icecream --now", None),
        ("pip install ice", None),
    ],
)
def test_a_command_is_read_as_a_shell_reads_it(text: str, expected: tuple[str, ...] | None) -> None:
    words = command_words(text)

    assert expected == (words if words is None else words[: len(expected or ())])


@pytest.mark.parametrize("words", [("COMMAND", "--help"), ("explain", "SLUG"), ("lock", "…"), ("--version",)])
def test_a_placeholder_stands_for_what_a_reader_fills_in(words: tuple[str, ...]) -> None:
    assert fault(Written(line=1, words=words, whole=False), ICE) is None


def test_a_word_that_is_no_choice_is_found() -> None:
    written = Written(line=1, words=("plugins", "list", "--type", "gadget"), whole=False)

    assert "gadget" in (fault(written, ICE) or "")


def test_a_planted_option_is_found() -> None:
    named = OPTION.findall("With `--for` or `--index FOLDER`, `--no-dynamic`; `uv pip --offline`")

    assert ["--for", "--index", "--no-dynamic"] == named
    assert {"--for"} == set(named) - options(ICE)


def test_planted_slugs_paths_and_modules_are_found() -> None:
    text = (
        "```\nerror[no-such-slug]: x\n```\nSee `ice explain gone-slug`, `src/ice_core/gone.py`, `ice_core.gone` and\n"
        "`ice_core/errors.py`, `ice_core.errors.IceError`, `ice_core.errors.Gone`, tests/house/gone_*.py.\n\n"
        "| slug | what |\n|---|---|\n| `bad-slug`, `key-unknown` | a `not-read` |\n\n`also-not-read`\n"
    )

    assert {"no-such-slug", "gone-slug", "bad-slug"} == slugs(text) - set(ERROR_CODES)
    assert {"src/ice_core/gone.py", "tests/house/gone_*.py"} == {path for path in paths(text) if not is_there(path)}
    assert {"ice_core.gone", "ice_core.errors.Gone"} == {name for name in modules(text) if not is_defined(name)}
