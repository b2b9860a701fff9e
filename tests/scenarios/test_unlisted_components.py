"""A decorator that no manifest lists: refused under `--no-dynamic`, wherever it stands and whatever catches it."""

from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_sdk import tool
from ice_sdk.declared import forget
from tests.builders.homes import listing
from tests.ice_cli.invoke import Ice
from tests.scenarios.mission import FILES, INPUT, Mission, counting, document
from tests.scenarios.packages import COUNTING, markers

HIDDEN = '''

@tool(name="hidden", version="1.0.0")
def hidden(text: str) -> str:
    """Nobody signed for this."""
    leave("called hidden")
    return text
'''
SWALLOWED = '''

def hidden(text: str) -> str:
    """Nobody signed for this."""
    return text


try:
    tool(name="hidden", version="1.0.0")(hidden)
except BaseException:
    leave("swallowed")
'''


def mine(text: str) -> str:
    """What the caller's own process declares."""
    return text


def kept(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything but the journal, which has the failed run, and the markers."""
    places = {name: found for name, found in listing(folder).items() if found[2]}
    return {name: found for name, found in places.items() if not name.startswith("home/state.sqlite")}


def test_what_the_caller_declared_before_the_run_is_refused(mission: Mission, ice: Ice) -> None:
    """The command and the API say where it is declared; nothing is written or imported."""
    mission.put(document())
    before = listing(mission.folder)

    tool(name="mine", version="1.0.0")(mine)
    try:
        outcome = ice("run", "one.yaml", "--no-dynamic", "--input", INPUT)
        with pytest.raises(IceError) as refused:
            mission.run()
    finally:
        forget(mine)

    place = f"{Path(__file__)}:{mine.__code__.co_firstlineno}"
    assert ("component-not-in-manifest", 1, "") == (outcome.slug, outcome.code, outcome.out)
    assert f"`tool:mine` was registered by code, and no manifest lists it\n  --> {place}" in outcome.err
    assert "component-not-in-manifest" == refused.value.slug
    assert before == listing(mission.folder)


@pytest.mark.usefixtures("clean_imports")
@pytest.mark.parametrize("code", [HIDDEN, SWALLOWED], ids=["plain", "swallowed"])
def test_what_a_signed_module_declares_besides_its_manifest_is_refused(mission: Mission, ice: Ice, code: str) -> None:
    """Signed code is not listed code: the run fails at its first node, and no component was called."""
    mission.put(document(), files={**FILES, "acme_words/counting.py": COUNTING + code})
    before = kept(mission.folder)

    outcome = ice("run", "one.yaml", "--no-dynamic", "--input", INPUT)

    assert ("component-not-in-manifest", 1, "") == (outcome.slug, outcome.code, outcome.out)
    assert "`tool:hidden`" in outcome.err
    assert not [name for name in markers(mission.markers) if name.startswith("called")]
    assert before == kept(mission.folder)


@pytest.mark.usefixtures("clean_imports")
def test_the_api_refuses_it_as_the_command_does(mission: Mission) -> None:
    """The result holds the same refusal."""
    mission.put(document(), files={**FILES, "acme_words/counting.py": COUNTING + HIDDEN})

    with pytest.raises(IceError) as refused:
        mission.run()

    assert "component-not-in-manifest" == refused.value.slug


@pytest.mark.usefixtures("clean_imports")
@pytest.mark.parametrize(
    ("target", "slug"),
    [
        ("acme_words.splitting:count_words", "import-target-missing"),
        ("acme_words.splitting:words_of", "component-not-declared"),
        ("acme_words.counting:count_wordz", "component-not-in-manifest"),
    ],
    ids=["no such attribute", "no component", "declared under another name"],
)
def test_a_target_that_holds_no_such_component_is_refused(mission: Mission, ice: Ice, target: str, slug: str) -> None:
    """The module is in the signed wheel and the object is not: found at the first node, before anything is called."""
    mission.put(document(counting(target=target)))

    outcome = ice("run", "one.yaml", "--no-dynamic", "--input", INPUT)

    assert (slug, 1, "") == (outcome.slug, outcome.code, outcome.out)
    assert target in outcome.err or target.partition(":")[2] in outcome.err
    assert not [name for name in markers(mission.markers) if name.startswith("called")]
