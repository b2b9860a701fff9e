"""What `ice plugins list` and `show` print of texts that others wrote, and of manifests that say little."""

from pathlib import Path

import pytest

from ice_core.canonical import printed_bytes
from ice_core.strict_json import JsonObject
from tests.builders.manifests import component, manifest
from tests.ice_cli.invoke import Ice


def written(folder: Path, *entries: JsonObject) -> Path:
    """An unsigned manifest of these components."""
    file = folder / "plugins.json"
    file.write_bytes(printed_bytes(manifest(*entries)))
    return file


def shown(ice: Ice, file: Path, name: str = "tool:csv_reader") -> dict[str, str]:
    """The facts of one component by their names."""
    lines = ice("plugins", "show", name, "--plugins", file).out.splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(("length", "printed"), [(60, "x" * 60), (61, "x" * 59 + "…"), (500, "x" * 59 + "…")])
def test_a_long_description_is_cut_in_the_listing_and_whole_when_shown(
    ice: Ice, tmp_path: Path, length: int, printed: str
) -> None:
    """A listing stays a table; nothing is lost, because `show` has it all."""
    file = written(tmp_path, component(description="x" * length))

    listed = ice("plugins", "list", "--plugins", file).out.splitlines()

    assert printed == listed[1].split()[-1]
    assert "x" * length == shown(ice, file)["description"]


def test_a_description_that_would_move_the_cursor_is_refused_without_moving_it(ice: Ice, tmp_path: Path) -> None:
    """No manifest may hold escape sequences or bidi marks, and the refusal that quotes them prints them as escapes."""
    file = written(tmp_path, component(description="\x1b[2Jgone \u202eback"))

    listed = ice("plugins", "list", "--plugins", file)

    assert (1, "", "manifest-invalid") == (listed.code, listed.out, listed.slug)
    assert "\\x1b[2Jgone \\u202eback" in listed.err
    assert not {"\x1b", "\u202e"} & set(listed.err + ice("plugins", "list", "--plugins", file, "--json").out)


def test_a_cost_that_nobody_declared_is_not_told_as_free(ice: Ice, tmp_path: Path) -> None:
    """Free is 0, said by the author; undeclared is a word of its own."""
    silent = {name: value for name, value in component().items() if name != "cost_estimate"}
    free: JsonObject = {"base": 0, "per_token": 0, "currency": "USD"}
    file = written(tmp_path, silent, component("free", cost_estimate=free))

    rows = [line.split() for line in ice("plugins", "list", "--plugins", file).out.splitlines()[1:]]

    assert [("tool:csv_reader", "undeclared"), ("tool:free", "0")] == [(row[0], row[3]) for row in rows]


def test_optional_members_stand_in_brackets(ice: Ice, tmp_path: Path) -> None:
    """What must be given and what may be given can be told apart at a glance."""
    text: JsonObject = {"type": "string"}
    schema: JsonObject = {
        "input": {"type": "object", "properties": {"path": text, "separator": text}, "required": ["path"]},
        "output": {},
    }

    facts = shown(ice, written(tmp_path, component(schema=schema)))

    assert ("path, [separator]", "see --json") == (facts["takes"], facts["gives"])


def test_a_component_that_asks_for_nothing_may_use_nothing(ice: Ice, tmp_path: Path) -> None:
    """Facts that a manifest does not hold have no line."""
    facts = shown(ice, written(tmp_path, component()))

    assert "nothing" == facts["may use"]
    assert not {"tags", "deprecated"} & facts.keys()


def test_a_deprecated_component_without_a_successor_says_since_when(ice: Ice, tmp_path: Path) -> None:
    facts = shown(ice, written(tmp_path, component(deprecated={"since": "1.2.0"})))

    assert "since 1.2.0" == facts["deprecated"]


@pytest.mark.parametrize("name", ["csv_reader", "robot:csv_reader", "tool:", "tool:Csv Reader"])
def test_what_is_no_component_id_is_refused_before_anything_is_read(ice: Ice, tmp_path: Path, name: str) -> None:
    """The manifest named beside it does not even exist."""
    refused = ice("plugins", "show", name, "--plugins", tmp_path / "none.json")

    assert (1, "", "component-id-invalid") == (refused.code, refused.out, refused.slug)


def test_a_version_that_is_not_there_is_refused(ice: Ice, tmp_path: Path) -> None:
    """The version that is there is named."""
    refused = ice(
        "plugins", "show", "tool:csv_reader", "--version", "9.9.9", "--plugins", written(tmp_path, component())
    )

    assert (1, "") == (refused.code, refused.out)
    assert "1.2.3" in refused.err
