"""The files that are printed without click: made from the tree, whole, and nothing beside them."""

from tests.house.help_pages import PAGES, contexts, render

# Kept by hand: what shells are given to ask with.
BY_HAND = {"completion.LICENSE", "completion.bash", "completion.fish", "completion.zsh"}


def test_every_page_and_table_is_made_from_the_tree() -> None:
    """`python3 dev.py fix` writes them anew."""
    expected = dict(render())

    assert expected == {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.txt")}


def test_nothing_else_lies_beside_them() -> None:
    """A file that nobody reads any more would go into every wheel."""
    assert {*render(), *BY_HAND} == {path.name for path in PAGES.iterdir()}


def test_every_group_and_command_has_a_page_of_its_own() -> None:
    """Two whose pages had one name would show each other's."""
    paths = [context.command_path for context in contexts()]

    assert len(paths) == len([name for name in render() if name.startswith("ice")])
