"""`ice plugins stubs`: the module of a manifest's types, printed, written, or compared with a file."""

from pathlib import Path

import pytest

from ice_core.canonical import printed_bytes
from ice_core.strict_json import JsonObject
from ice_sdk.stub_writing import stubs_text
from tests.builders.manifests import component, manifest
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice

TEXT = stubs_text(manifest(), where="plugins.json")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the manifest of one tool, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plugins.json").write_bytes(printed_bytes(manifest()))
    return tmp_path


def test_the_module_is_the_data(ice: Ice, folder: Path) -> None:
    made = ice("plugins", "stubs")

    assert (0, TEXT, "") == (made.code, made.out, made.err)
    assert ["plugins.json"] == [path.name for path in folder.iterdir()]


def test_output_writes_the_same_bytes(ice: Ice, folder: Path) -> None:
    made = ice("plugins", "stubs", "plugins.json", "--output", "stubs.py")

    assert (0, "", "Wrote stubs.py: the types of 1 component.\n") == (made.code, made.out, made.err)
    assert TEXT == (folder / "stubs.py").read_text()


def test_check_takes_the_same_bytes_and_refuses_others(ice: Ice, folder: Path) -> None:
    ice("plugins", "stubs", "--output", "stubs.py")
    same = ice("plugins", "stubs", "--check", "--output", "stubs.py")
    (folder / "plugins.json").write_bytes(printed_bytes(manifest(component("html_fetch"))))
    before = listing(folder)
    other = ice("plugins", "stubs", "--check", "--output", "stubs.py")

    assert (0, "", "`stubs.py` holds the types of 1 component.\n") == (same.code, same.out, same.err)
    assert (
        "error[stubs-stale]: `stubs.py` is not what `plugins.json` gives\n"
        "  --> stubs.py\n\n"
        "note: Nothing was written.\n\n"
        "hint: To write it anew, run `ice plugins stubs plugins.json --output stubs.py`\n"
    ) == other.err
    assert (1, "stubs-stale") == (other.code, other.slug)
    assert before == listing(folder)


def test_json_is_for_programs(ice: Ice) -> None:
    printed = ice("plugins", "stubs", "--json")
    written = ice("plugins", "stubs", "--json", "--output", "stubs.py")

    assert {"text": TEXT} == printed.json
    assert {"manifest": "plugins.json", "file": "stubs.py", "components": 1} == written.json


@pytest.mark.parametrize(
    ("words", "slug", "code"),
    [
        (("--check",), "usage", 2),
        (("--check", "--output", "absent.py"), "file-missing", 1),
        (("absent.json",), "file-missing", 1),
        (("wrong.json", "--output", "stubs.py"), "manifest-invalid", 1),
        (("twice.json", "--output", "stubs.py"), "json-duplicate-member", 1),
        (("outside.json", "--output", "stubs.py"), "schema-invalid", 1),
    ],
)
def test_what_cannot_be_read_writes_nothing(
    ice: Ice, folder: Path, words: tuple[str, ...], slug: str, code: int
) -> None:
    pair: JsonObject = {"input": {"$ref": "file:///etc/passwd"}, "output": {}}
    (folder / "wrong.json").write_text("{}")
    (folder / "twice.json").write_text('{"a": 1, "a": 2}')
    (folder / "outside.json").write_bytes(printed_bytes(manifest(component(schema=pair))))
    before = listing(folder)
    made = ice("plugins", "stubs", *words)

    assert (code, slug, "") == (made.code, made.slug, made.out)
    assert before == listing(folder)
