"""What may follow the words of a line: from the table what click offers, whatever the line."""

from collections.abc import Iterator
from functools import partial

import click
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ice_cli import known_names
from ice_cli.completion import offered_by_click
from ice_cli.offers import offered
from tests.house.help_pages import contexts

# One name of each kind, so that what is compared does not depend on the machine.
NAMES = {
    "components": [("plain", "tool:csv_read", ""), ("plain", "tool:csv_write", "")],
    "components_or_files": [("plain", "tool:csv_read", ""), ("file", "tool:", "")],
    "keys": [("plain", "acme-2026", "")],
    "runs": [("plain", "20260131T120000Z-5f2c91d07a3e", "")],
    "slugs": [("plain", "lock-stale", "")],
}
CONTEXTS = list(contexts())
PATHS = [context.command_path for context in CONTEXTS]


def options_of(context: click.Context) -> Iterator[str]:
    for parameter in context.command.get_params(context):
        if isinstance(parameter, click.Option):
            yield from (*parameter.opts, *parameter.secondary_opts)


COMMAND_WORDS = sorted({word for path in PATHS for word in path.split()[1:]})
OPTION_WORDS = sorted({name for context in CONTEXTS for name in options_of(context)})
ODD_WORDS = ["", *"- -- = --= -b=x -bx -hb --json=1 --nope tool:csv a=b --type=to @x".split()]
WORDS = st.sampled_from([*COMMAND_WORDS, *OPTION_WORDS, *ODD_WORDS])
# Most lines begin as a person would begin them: with the words of some command.
LINES = st.tuples(st.sampled_from([path.split()[1:] for path in PATHS]), st.lists(WORDS, max_size=4)).map(
    lambda parts: [*parts[0], *parts[1]]
)


def _names(names: list[tuple[str, str, str]], incomplete: str) -> list[tuple[str, str, str]]:
    return names


@pytest.fixture(autouse=True, scope="module")
def _the_same_names_everywhere() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for kind, names in NAMES.items():
            patch.setitem(known_names.KNOWN, kind, partial(_names, names))
        yield


@pytest.mark.parametrize("path", PATHS)
def test_each_command_offers_what_click_offers(path: str) -> None:
    """Nothing written yet, an option begun, each option of it and the value of each."""
    words = path.split()[1:]
    context = next(each for each in CONTEXTS if each.command_path == path)
    lines = [([], ""), ([], "-"), ([], "--"), ([], "a"), (["x"], "")]
    for name in options_of(context):
        lines += [([], name), ([name], ""), ([name], "-"), ([name, "x"], "-"), ([name, "x"], ""), ([], f"{name}=")]

    for more, incomplete in lines:
        found = offered([*words, *more], incomplete)
        assert found is None or offered_by_click([*words, *more], incomplete) == found, (more, incomplete)


@settings(deadline=None, max_examples=150)
@given(words=LINES, incomplete=WORDS | st.sampled_from(["p", "--pro", "--t", "too", "tool:", "acme", "lo"]))
def test_any_line_offers_what_click_offers(words: list[str], incomplete: str) -> None:
    """Or it is left to click."""
    found = offered(words, incomplete)

    assert found is None or offered_by_click(words, incomplete) == found


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        (["pl"], "", None),
        (["--version"], "", None),
        (["lock", "--nope"], "", None),
        (["lock", "-bx"], "", None),
        (["lock", "--json=1"], "", None),
        ([], "pl", [("plain", "plugins", "Export, check, sign and list manifests")]),
        (["plugins", "list", "--type"], "a", [("plain", "agent", "")]),
        (["plugins", "list"], "--type=wo", [("plain", "workflow", "")]),
        (["lock", "-b"], "ne", [("file", "ne", "")]),
        (["publish", "--project"], "", [("dir", "", "")]),
        (["keys", "show"], "ac", [("plain", "acme-2026", "")]),
        (["keys", "show", "acme-2026"], "", []),
        (["keys", "new"], "", []),
        (["runs", "list", "--json"], "--j", []),
    ],
)
def test_common_lines_are_answered_from_the_table(
    words: list[str], incomplete: str, expected: list[tuple[str, str, str]] | None
) -> None:
    assert expected == offered(words, incomplete)
