"""From a planned component to the declared object: each way in which it can be something else is refused."""

import sys
import warnings
from pathlib import Path

import pytest

from ice_core.canonical import printed_bytes
from ice_core.dynamic import UnlistedComponentWarning
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.unified_registry import load_plugins
from ice_orchestrator.package_wheels import VerifiedWheels
from ice_orchestrator.resolve import UnverifiedCodeWarning, resolve
from ice_orchestrator.verified_import import wheel_of
from tests.builders.installed import entry, install_package, planned_from, write
from tests.builders.manifests import manifest
from tests.builders.wheels import plugin_bundle
from tests.ice_orchestrator.packages import loaded

pytestmark = pytest.mark.usefixtures("clean_imports")

HEADER = "from ice_sdk import tool\n\n\n"
ONE = HEADER + '@tool(name="one", version="1.0.0")\ndef one() -> int:\n    """One."""\n    return 1\n'
TWO = HEADER + '@tool(name="two", version="1.0.0")\ndef two() -> int:\n    """Two."""\n    return 2\n'


def package(home: Path, source: str = ONE, *, tag: str = "py3-none-any") -> Path:
    name = "acme_one/__init__.py"
    return install_package(home, "acme-one", {name: source}, [entry("one", "acme_one:one")], tag=tag)


def refusal(home: Path, *, no_dynamic: bool = True, name: str = "tool:one") -> IceError:
    registry = loaded(home, no_dynamic=no_dynamic)
    with pytest.raises(IceError) as refused:
        resolve(planned_from(registry, name), registry, no_dynamic=no_dynamic, wheels=VerifiedWheels(registry.home))
    return refused.value


@pytest.mark.parametrize("no_dynamic", [True, False])
def test_an_installed_component_comes_from_its_wheel_in_every_mode(home: Path, no_dynamic: bool) -> None:
    """Strict or not: what is wheel-backed is executed from the verified bytes, without a warning."""
    package(home)
    registry = loaded(home, no_dynamic=no_dynamic)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        declared = resolve(
            planned_from(registry, "tool:one"), registry, no_dynamic=no_dynamic, wheels=VerifiedWheels(registry.home)
        )

    assert 1 == declared.call()
    assert wheel_of(sys.modules["acme_one"]) is not None


def test_a_component_of_a_bundle_comes_from_the_bundle(tmp_path: Path, home: Path) -> None:
    """A bundle given by path needs no store."""
    package(home)
    value = manifest(entry("two", "acme_two:two"), name="acme-two", version="1.0.0")
    bundle = plugin_bundle("acme-two", "1.0.0", files={"acme_two/__init__.py": TWO}, manifest=value)
    write(tmp_path / "acme_two-1.0.0.icebundle", bundle)
    registry = load_plugins(
        tmp_path / "acme_two-1.0.0.icebundle", home=home, no_dynamic=True, environ={}, project=tmp_path
    )

    declared = resolve(
        planned_from(registry, "tool:two"), registry, no_dynamic=True, wheels=VerifiedWheels(registry.home)
    )

    assert 2 == declared.call()


def test_a_wheel_that_was_exchanged_is_refused_before_any_import(home: Path) -> None:
    """One byte differs from what was signed."""
    blob = package(home)
    data = bytearray(blob.read_bytes())
    data[len(data) // 2] ^= 1
    write(blob, bytes(data))

    assert "wheel-digest-mismatch" == refusal(home).slug
    assert "acme_one" not in sys.modules


def test_a_wheel_that_is_exchanged_after_it_was_verified_changes_nothing(home: Path) -> None:
    """The bytes were read once and kept: what was hashed is what runs."""
    source = ONE.replace("-> int", "-> str").replace("return 1", "from acme_one import late\n\n    return late.WHO")
    files = {"acme_one/__init__.py": source, "acme_one/late.py": "WHO = 'verified'\n"}
    blob = install_package(home, "acme-one", files, [entry("one", "acme_one:one")])
    registry = loaded(home)
    declared = resolve(
        planned_from(registry, "tool:one"), registry, no_dynamic=True, wheels=VerifiedWheels(registry.home)
    )
    write(blob, blob.read_bytes().replace(b"'verified'", b"'replaced'"))

    assert "verified" == declared.call()


def test_a_wheel_that_is_gone_is_told_with_how_to_bring_it_back(home: Path) -> None:
    """`wheel-missing`, never a fall back to the import path."""
    package(home).unlink()

    found = refusal(home, no_dynamic=False)

    assert "wheel-missing" == found.slug
    assert "`acme_one-1.0.0-py3-none-any.whl` is not in the store" == found.finding.message


def test_a_link_in_the_store_is_not_followed(tmp_path: Path, home: Path) -> None:
    """What is checked must be what is used."""
    blob = package(home)
    blob.rename(tmp_path / "elsewhere")
    blob.symlink_to(tmp_path / "elsewhere")

    assert "file-not-regular" == refusal(home).slug


def test_a_package_for_another_platform_is_refused(home: Path) -> None:
    """There is no wheel for this interpreter."""
    package(home, tag="cp39-cp39-win32")

    assert "wheel-incompatible" == refusal(home).slug


@pytest.mark.parametrize(
    ("source", "slug"),
    [
        ("", "import-target-missing"),
        ("def one():\n    return 1\n", "component-not-declared"),
        ("from os import system as one\n", "component-not-declared"),
        (ONE.replace("@tool", "@agent").replace("import tool", "import agent"), "component-not-in-manifest"),
        (ONE.replace('"one"', '"uno"'), "component-not-in-manifest"),
        (ONE + "\n\n" + TWO.removeprefix(HEADER), "component-not-in-manifest"),
        ("raise RuntimeError('no')\n", "component-import-failed"),
        ("import acme_not_there\n", "component-import-failed"),
        ("from acme_one import nothing\n", "component-import-failed"),
        ("import acme_one.nothing\n", "component-import-failed"),
        ("syntax error here\n", "component-import-failed"),
        ("raise SystemExit(0)\n", "component-import-failed"),
    ],
)
def test_a_module_that_is_not_what_its_manifest_says_is_refused(home: Path, source: str, slug: str) -> None:
    """Missing, undeclared, declared as something else, unlisted, or failing: each has its slug, and none is called."""
    package(home, source)

    assert slug == refusal(home).slug


def test_an_undeclared_type_is_refused_outside_of_strict_mode_too(home: Path) -> None:
    """The object is declared as an agent, and the manifest says tool."""
    package(home, ONE.replace("@tool", "@agent").replace("import tool", "import agent"))
    registry = loaded(home, no_dynamic=False)

    with pytest.warns(UnlistedComponentWarning), pytest.raises(IceError) as refused:
        resolve(planned_from(registry, "tool:one"), registry, no_dynamic=False, wheels=VerifiedWheels(registry.home))

    assert "component-not-declared" == refused.value.slug
    assert "`agent:one`" == refused.value.finding.found


def test_a_module_that_swallows_the_refusal_is_still_refused(home: Path) -> None:
    """Catching what the decorator raises hides nothing."""
    hidden = TWO.removeprefix(HEADER).replace("\n", "\n    ").rstrip()
    package(home, f"{ONE}\n\ntry:\n    {hidden}\nexcept BaseException:\n    pass\n")

    found = refusal(home)

    assert ("component-not-in-manifest", "tool:two") == (found.slug, found.finding.details["component"])


def test_a_module_planted_meanwhile_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Someone puts a module of the name into `sys.modules` before the import."""
    package(home)
    monkeypatch.setitem(sys.modules, "acme_one", sys)

    assert "module-name-taken" == refusal(home).slug


def test_a_module_that_puts_another_in_its_place_is_not_used(home: Path) -> None:
    """A module may replace itself in `sys.modules`; what is there then did not come from the wheel."""
    package(home, "import sys, types\nsys.modules[__name__] = types.ModuleType('acme_one')\n")

    assert "module-name-taken" == refusal(home).slug


def test_a_component_that_changed_since_it_was_compiled_is_refused(home: Path) -> None:
    """Another description is another digest; nothing is imported."""
    package(home)
    planned = planned_from(loaded(home), "tool:one")
    install_package(
        home, "acme-one", {"acme_one/__init__.py": ONE}, [entry("one", "acme_one:one", description="Other.")]
    )
    registry = loaded(home)

    with pytest.raises(IceError) as refused:
        resolve(planned, registry, no_dynamic=True, wheels=VerifiedWheels(registry.home))

    assert ("component-changed", planned.digest) == (refused.value.slug, refused.value.finding.expected)
    assert "acme_one" not in sys.modules


@pytest.fixture
def on_the_path(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package in a folder of `sys.path` and its unsigned manifest in the home folder."""
    write(tmp_path / "source" / "acme_path" / "__init__.py", ONE.encode())
    write(Home(home).manifest, printed_bytes(manifest(entry("one", "acme_path:one"), name="acme-path")))
    monkeypatch.syspath_prepend(str(tmp_path / "source"))


def resolve_twice(home: Path) -> None:
    registry = loaded(home, no_dynamic=False)
    for _ in range(2):
        assert (
            1
            == resolve(
                planned_from(registry, "tool:one"), registry, no_dynamic=False, wheels=VerifiedWheels(registry.home)
            ).call()
        )


@pytest.mark.usefixtures("on_the_path")
def test_unsigned_code_on_the_import_path_runs_with_one_warning(home: Path) -> None:
    """The first use of the package warns, the second does not."""
    with pytest.warns(UnverifiedCodeWarning, match="nothing vouches") as told:
        resolve_twice(home)

    assert 1 == len(told)


@pytest.mark.usefixtures("on_the_path")
def test_unsigned_code_on_the_import_path_is_refused_when_strict(home: Path) -> None:
    """Even if the registry was loaded without `--no-dynamic`."""
    registry = loaded(home, no_dynamic=False)

    with pytest.raises(IceError) as refused:
        resolve(planned_from(registry, "tool:one"), registry, no_dynamic=True, wheels=VerifiedWheels(registry.home))

    assert "wheel-missing" == refused.value.slug
    assert "acme_path" not in sys.modules


@pytest.mark.usefixtures("on_the_path")
def test_a_module_that_cannot_be_found_is_told(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The manifest is there, its code is not."""
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(tmp_path / "source")])

    with pytest.warns(UnverifiedCodeWarning):
        found = refusal(home, no_dynamic=False)

    assert "import-target-missing" == found.slug
