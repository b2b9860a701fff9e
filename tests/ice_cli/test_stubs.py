"""`ice plugins stubs`: the module of a manifest's types, printed, written, or compared with a file."""

import zipfile
from pathlib import Path

import pytest

from ice_core.archives import write_archive
from ice_core.canonical import printed_bytes
from ice_core.strict_json import JsonObject
from ice_sdk.stub_writing import stubs_text
from tests.builders.manifests import component, manifest
from tests.builders.wheels import plugin_bundle
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


def test_a_bundle_gives_the_types_of_its_manifest(ice: Ice, folder: Path) -> None:
    (folder / "acme.icebundle").write_bytes(plugin_bundle("acme-csv", "1.2.3"))
    with zipfile.ZipFile(folder / "acme.icebundle") as bundle:
        (folder / "plugins.json").write_bytes(bundle.read("plugins.json"))

    made = ice("plugins", "stubs", "acme.icebundle", "--output", "stubs.py")

    assert (0, "") == (made.code, made.out)
    assert (folder / "stubs.py").read_text() == ice("plugins", "stubs", "plugins.json").out
    assert 0 == ice("plugins", "stubs", "acme.icebundle", "--check", "--output", "stubs.py").code


def test_the_manifest_is_where_the_project_says(ice: Ice, folder: Path) -> None:
    (folder / "inside").mkdir()
    (folder / "plugins.json").rename(folder / "inside" / "plugins.json")
    (folder / "pyproject.toml").write_text('[tool.iceos]\nmanifest = "inside/plugins.json"\n')

    assert TEXT == ice("plugins", "stubs").out


@pytest.mark.parametrize(
    ("words", "slug", "code"),
    [
        (("--check",), "usage", 2),
        (("cut.icebundle", "--output", "stubs.py"), "archive-ambiguous", 1),
        (("other.icebundle", "--output", "stubs.py"), "bundle-invalid", 1),
        (("absent.icebundle",), "file-missing", 1),
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
    (folder / "cut.icebundle").write_bytes(plugin_bundle("acme-csv", "1.2.3")[:-9])
    (folder / "other.icebundle").write_bytes(write_archive([("notes.txt", b"")], compress=False, where="notes"))
    before = listing(folder)
    made = ice("plugins", "stubs", *words)

    assert (code, slug, "") == (made.code, made.slug, made.out)
    assert before == listing(folder)
