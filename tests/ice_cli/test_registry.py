"""`ice plugins list` and `show`: what manifests announce, with status, cost and signer; nothing is imported."""

from pathlib import Path

import pytest

from ice_core.canonical import printed_bytes
from ice_core.key_store import record_bytes
from tests.builders.keys import KEY_ID, key_record
from tests.builders.manifests import component, manifest
from tests.builders.wheels import plugin_bundle
from tests.ice_cli.invoke import Ice


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A signed bundle whose key the home folder trusts."""
    keys = tmp_path / "iceos-home" / "keys"
    keys.mkdir(parents=True)
    (keys / f"{KEY_ID}.json").write_bytes(record_bytes(key_record()))
    path = tmp_path / "acme_csv-1.2.3.icebundle"
    path.write_bytes(plugin_bundle())
    return path


def test_nothing_listed_says_which_manifests_were_read(ice: Ice) -> None:
    """An empty registry is no error, and no table."""
    listed = ice("plugins", "list")

    assert (listed.code, listed.out) == (0, "")
    assert listed.err == "No component is listed here.\nNo manifest was read.\n"


def test_a_signed_component_is_listed_with_its_signer(ice: Ice, bundle: Path) -> None:
    """Type, version, who signed, what a call costs, and what it does."""
    listed = ice("plugins", "list", "--plugins", bundle, "--no-dynamic")

    assert listed.err == ""
    assert listed.out == (
        "COMPONENT        VERSION  STATUS               COST        DESCRIPTION\n"
        f"tool:csv_reader  1.2.3    signed by {KEY_ID}  0.0001 USD  Does what csv_reader says.\n"
    )


def test_json_lists_components_and_sources(ice: Ice, bundle: Path) -> None:
    """Programs get digests and origins."""
    listed = ice("plugins", "list", "--plugins", bundle, "--json").json

    (row,) = listed["components"]
    assert row["component"] == "tool:csv_reader"
    assert row["status"] == "signed"
    assert row["package"] == "acme-csv"
    assert row["digest"].startswith("sha256:")
    assert listed["sources"] == [{"source": str(bundle), "components": 1}]


def test_the_listing_can_be_narrowed_to_one_type(ice: Ice, bundle: Path) -> None:
    """`--type agent` shows no tools."""
    assert ice("plugins", "list", "--plugins", bundle, "--type", "agent", "--json").json["components"] == []
    assert len(ice("plugins", "list", "--plugins", bundle, "--type", "tool", "--json").json["components"]) == 1


def test_one_component_is_shown_whole(ice: Ice, tmp_path: Path) -> None:
    """Inputs, outputs, permissions and deprecation are told in words; an unsigned one says so."""
    entry = component(
        permissions={"network": ["example.org"], "subprocess": True},
        deprecated={"since": "1.2.0", "replacement": "parquet_reader"},
        tags=["csv", "io"],
        cost_estimate={"base": 0.01, "per_token": 0.00002},
        max_tokens=100,
    )
    file = tmp_path / "plugins.json"
    file.write_bytes(printed_bytes(manifest(entry)))

    shown = ice("plugins", "show", "tool:csv_reader", "--plugins", file)

    lines = dict(line.split(":", 1) for line in shown.out.splitlines())
    assert {name: value.strip() for name, value in lines.items() if name != "digest"} == {
        "component": "tool:csv_reader 1.2.3",
        "description": "Does what csv_reader says.",
        "status": "unsigned",
        "from": str(file),
        "import": "acme_csv.tools:read",
        "cost": "0.01 + 0.00002 a token USD",
        "takes": "text",
        "gives": "array",
        "may use": "network example.org; subprocess",
        "tags": "csv, io",
        "deprecated": "since 1.2.0; use parquet_reader",
    }


def test_json_shows_schemas_that_stand_alone(ice: Ice, bundle: Path) -> None:
    """The schemas are those that a call is checked against."""
    shown = ice("plugins", "show", "tool:csv_reader", "--plugins", bundle, "--json").json

    assert shown["input_schema"]["required"] == ["text"]
    assert shown["import"] == "acme_csv.tools:read"
    assert shown["entry"]["name"] == "csv_reader"


def test_a_slip_in_the_name_is_met_with_the_name(ice: Ice, bundle: Path) -> None:
    """Near names come from verified manifests."""
    refused = ice("plugins", "show", "tool:csv_raeder", "--plugins", bundle)

    assert (refused.code, refused.slug) == (1, "component-unknown")
    assert "hint: `tool:csv_reader` is listed; did you mean that?\n" in refused.err


def test_an_unsigned_manifest_is_refused_when_strict_unless_that_very_file_is_allowed(ice: Ice, tmp_path: Path) -> None:
    """There is no switch that allows all of them."""
    file = tmp_path / "plugins.json"
    file.write_bytes(printed_bytes(manifest()))

    refused = ice("plugins", "list", "--plugins", file, "--no-dynamic")
    allowed = ice("plugins", "list", "--plugins", file, "--no-dynamic", "--allow-unsigned", file)

    assert (refused.code, refused.slug) == (1, "manifest-unsigned")
    assert allowed.code == 0
    assert "unsigned" in allowed.out
