"""The mission's own test: signed passes; every fault is refused under its own slug, with exit code 1, nothing written.

Each fault is met twice: through `ice run --no-dynamic`, and through `load_plugins(no_dynamic=True)` and `run_plan`.
"""

import sys
from collections.abc import Callable

import pytest

from ice_core.errors import IceError
from tests.builders.homes import listing
from tests.builders.keys import private_key
from tests.ice_cli.invoke import Ice
from tests.scenarios.mission import FILES, INPUT, Mission, counting, document
from tests.scenarios.packages import markers


def unsigned(mission: Mission) -> None:
    """The signature is left out."""
    mission.put(document())
    mission.rewrite(document())


def wrong_key(mission: Mission) -> None:
    """A good signature by a key that nobody here trusts."""
    mission.put(document(), key=private_key(2), public_key_id="mallory-2026")


def wrong_key_under_a_known_id(mission: Mission) -> None:
    """A good signature by another key than the one that the id names."""
    mission.put(document(), key=private_key(2))


def changed_wheel(mission: Mission) -> None:
    """One bit of the stored wheel is another."""
    wheel = mission.put(document())
    data = bytearray(wheel.read_bytes())
    data[len(data) // 2] ^= 1
    wheel.write_bytes(data)


def changed_wheel_and_its_index(mission: Mission) -> None:
    """Another good wheel, stored under its own digest and named in the wheel index."""
    signed = mission.put(document())
    manifest = mission.manifest.read_bytes()
    mission.put(document(), files={**FILES, "acme_words/more.py": "more = 1\n"})
    mission.manifest.write_bytes(manifest)
    signed.unlink()


def changed_manifest(mission: Mission) -> None:
    """One word of the description is another."""
    mission.put(document())
    text = mission.manifest.read_text()
    mission.manifest.write_text(text.replace("Does what count_words says.", "Does what you want."))


def missing_module(mission: Mission) -> None:
    """The import target's module is not in the signed wheel."""
    mission.put(document(counting(target="acme_words.gone:count_words")))


def duplicate_id(mission: Mission) -> None:
    """One tool is listed twice."""
    mission.put(document(counting(), counting()))


def too_new(mission: Mission) -> None:
    """The component asks for an iceos that does not exist yet."""
    mission.put(document(counting(iceos_min="99.0.0")))


FAULTS: dict[Callable[[Mission], None], str] = {
    unsigned: "manifest-unsigned",
    wrong_key: "key-unknown",
    wrong_key_under_a_known_id: "signature-mismatch",
    changed_wheel: "wheel-digest-mismatch",
    changed_wheel_and_its_index: "signature-mismatch",
    changed_manifest: "signature-mismatch",
    missing_module: "import-target-missing",
    duplicate_id: "component-duplicate",
    too_new: "iceos-too-old",
}
BEFORE_THE_RUN = pytest.mark.parametrize(
    ("fault", "slug"), FAULTS.items(), ids=lambda value: getattr(value, "__name__", value)
)


def imported() -> list[str]:
    """The package's modules in this process."""
    return [name for name in sys.modules if name.startswith("acme_words")]


@pytest.mark.usefixtures("clean_imports")
def test_what_a_trusted_key_signed_runs(mission: Mission, ice: Ice) -> None:
    """The same manifest and wheel that every fault below starts from."""
    mission.put(document())

    outcome = ice("run", "one.yaml", "--no-dynamic", "--input", INPUT)

    assert (0, {"words": 3}) == (outcome.code, outcome.json), outcome.err
    assert {"words": 3} == mission.run().outputs
    assert "called count_words" in markers(mission.markers)


@BEFORE_THE_RUN
def test_the_command_refuses_and_writes_nothing(
    mission: Mission, ice: Ice, fault: Callable[[Mission], None], slug: str
) -> None:
    """Exit code 1; home, store, journal, working folder and markers are as they were; nothing was imported."""
    fault(mission)
    before = listing(mission.folder)

    outcome = ice("run", "one.yaml", "--no-dynamic", "--input", INPUT)

    assert (slug, 1, "") == (outcome.slug, outcome.code, outcome.out)
    assert before == listing(mission.folder)
    assert [] == imported()


@BEFORE_THE_RUN
def test_the_api_refuses_and_writes_nothing(mission: Mission, fault: Callable[[Mission], None], slug: str) -> None:
    """`load_plugins(no_dynamic=True)` or `run_plan` raises; nothing was written or imported."""
    fault(mission)
    before = listing(mission.folder)

    with pytest.raises(IceError) as refused:
        mission.run()

    assert slug == refused.value.slug
    assert before == listing(mission.folder)
    assert [] == imported()


def test_each_kind_of_fault_has_a_slug_of_its_own() -> None:
    """Unlisted decorator, unsigned, wrong key, changed wheel, changed manifest, missing target, duplicate, too new."""
    kinds = [unsigned, wrong_key, changed_wheel, changed_manifest, missing_module, duplicate_id, too_new]
    slugs = ["component-not-in-manifest", *(FAULTS[kind] for kind in kinds)]

    assert sorted(slugs) == sorted(set(slugs))
