"""Under `--no-dynamic` a plan holds only what somebody signed, with a wheel that carries the code."""

from pathlib import Path

from ice_core.unified_registry import Registry, load_plugins
from tests.builders.homes import install, make_home, write
from tests.builders.manifests import signed
from tests.ice_compiler.parts import ENTRIES, blueprint, compiled, manifest, registry_of, tool
from tests.ice_compiler.test_bind import lock_of

ONE = blueprint(tool("x", "fetch", {"url": "a"}))
WHEEL = ("acme_parts-1.0.0-py3-none-any.whl", b"a wheel")


def _strict(folder: Path) -> Registry:
    registry_of(folder)
    path = folder / "plugins-0.json"
    return load_plugins(path, home=folder / "home", no_dynamic=True, allow_unsigned=[path], environ={}, project=folder)


def _signed(folder: Path) -> Registry:
    home = make_home(folder / "home")
    install(home, signed(manifest(ENTRIES), [WHEEL]), [WHEEL])
    return load_plugins(home=home.root, no_dynamic=True, environ={}, project=folder)


def test_what_is_signed_with_its_wheel_compiles(tmp_path: Path) -> None:
    """The plan names the signer and the wheel."""
    plan = compiled(ONE, _signed(tmp_path), where="x.json").plan

    assert plan is not None
    assert "signed" == plan.packages["acme-parts"].status
    assert plan.packages["acme-parts"].signer is not None
    assert [WHEEL[0]] == [wheel.filename for wheel in plan.packages["acme-parts"].wheels]


def test_what_nobody_signed_is_a_finding(tmp_path: Path) -> None:
    """Also where its file was allowed by name: without a lock nothing says which bytes were meant."""
    result = compiled(ONE, _strict(tmp_path), where="x.json")

    assert result.plan is None
    assert ["component-unsigned"] == [item.slug for item in result.findings]


def test_what_is_unsigned_and_locked_still_needs_a_wheel(tmp_path: Path) -> None:
    """Metadata never authorises an import."""
    registry = _strict(tmp_path)
    result = compiled(ONE, registry, where="x.json", lock=lock_of(registry, "tool:fetch 1.0.0"))

    assert ["component-without-wheel"] == [item.slug for item in result.findings]
    assert result.plan is None


def test_a_manifest_that_was_signed_alone_is_metadata_only(tmp_path: Path) -> None:
    """The signature covers no wheel."""
    path = write(tmp_path / "alone.json", signed(manifest(ENTRIES)))
    registry = load_plugins(path, home=make_home(tmp_path / "home").root, no_dynamic=True, environ={}, project=tmp_path)

    assert ["component-without-wheel"] == [item.slug for item in compiled(ONE, registry, where="x.json").findings]


def test_what_an_agent_may_call_is_held_to_the_same(tmp_path: Path) -> None:
    """Each component is named."""
    text = blueprint({"id": "x", "type": "agent", "package": "writer", "agent_config": {"notes": []}})
    result = compiled(text, _strict(tmp_path), where="x.json")

    assert ["`agent:writer`", "`tool:fetch`", "`tool:rank`"] == [item.message.split(" ")[0] for item in result.findings]


def test_without_strictness_everything_compiles(tmp_path: Path) -> None:
    """And the plan says that nobody signed it."""
    plan = compiled(ONE, registry_of(tmp_path), where="x.json").plan

    assert plan is not None
    assert "unsigned" == plan.packages["acme-parts"].status
