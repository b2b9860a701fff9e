"""The page of commands: made from the tree, whole, and with an example that names the command."""

import re
import shlex

import click
import pytest

from tests.house.commands_page import EVERYWHERE, PAGE, commands, context_of, paragraphs, render

COMMANDS = list(commands())


def test_the_page_of_commands_is_made_from_the_tree() -> None:
    """`python3 dev.py fix` writes it anew."""
    assert render() == PAGE.read_text(encoding="utf-8")


def test_every_command_has_a_part() -> None:
    headings = re.findall(r"^## (.+)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert [words for words, _ in COMMANDS] == headings


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_every_command_has_an_example_of_itself_that_parses(words: str, command: click.Command) -> None:
    """The example is one line of the help, on 80 columns, and its options are the command's."""
    _, example = paragraphs(command)
    arguments = shlex.split(example)[len(words.split()) :]
    _, left, _ = command.make_parser(context_of(words, command)).parse_args(args=[*arguments])

    assert example.startswith(words)
    assert f"  Example: {example}\n" in command.get_help(context_of(words, command))
    assert len(f"  Example: {example}") <= 80
    assert [] == left


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=[words for words, _ in COMMANDS])
def test_every_option_is_on_the_page_with_its_meaning(words: str, command: click.Command) -> None:
    part = PAGE.read_text(encoding="utf-8").split(f"## {words}\n")[1].split("\n## ")[0]

    for parameter in command.params:
        if isinstance(parameter, click.Option) and not EVERYWHERE & set(parameter.opts):
            assert parameter.help
            assert f"{parameter.opts[0]}" in part
