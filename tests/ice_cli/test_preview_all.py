"""`ice plugins preview --all`: a preview for each package with components; a fault keeps the others from nothing."""

from pathlib import Path

import pytest

from tests.ice_cli.invoke import Ice
from tests.ice_cli.monorepos import RAIN, RAIN_CODE, UNITS, WIND, edited, monorepo_at

PREVIEW = ".iceos/plugins.preview.json"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A monorepo whose manifests describe its code; its root is the current folder."""
    folder = monorepo_at(tmp_path / "repository")
    monkeypatch.chdir(folder)
    return folder


def test_each_package_with_components_has_a_preview(ice: Ice, root: Path) -> None:
    edited(RAIN_CODE, "how many millimetres", "how many mm")
    made = ice("plugins", "preview", "--all")

    assert 0 == made.code
    assert made.err.splitlines() == [
        f"Wrote {RAIN / PREVIEW}: 1 component; 0 added, 1 changed, 0 removed against plugins.json.",
        f"Wrote {WIND / PREVIEW}: 1 component; plugins.json says the same.",
    ]
    assert made.out.startswith("~ tool:")
    assert not (UNITS / ".iceos").exists()


def test_what_is_wrong_with_one_is_told_and_the_others_are_written(ice: Ice, root: Path) -> None:
    RAIN_CODE.write_text("import ice_sdk\nraise LookupError\nice_sdk.tool(3)\n")
    told = ice("plugins", "preview", "--all")
    data = ice("plugins", "preview", "--all", "--json")

    assert (1, "module-import-failed", False) == (told.code, told.slug, (RAIN / PREVIEW).exists())
    assert (WIND / PREVIEW).exists()
    assert (1, "module-import-failed") == (data.code, data.json["error"]["slug"])


def test_json_has_a_document_for_each(ice: Ice, root: Path) -> None:
    made = ice("plugins", "preview", "--all", "--json").json

    assert [str(RAIN / PREVIEW), str(WIND / PREVIEW)] == [each["file"] for each in made["previews"]]
