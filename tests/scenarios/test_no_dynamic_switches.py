"""Each of the four switches makes an unlisted component a hard error; without one it is a WARN, and the run goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_core.dynamic import UnlistedComponentWarning
from ice_core.errors import IceError
from ice_sdk import tool
from ice_sdk.declared import forget
from tests.builders.homes import listing
from tests.ice_cli.invoke import Ice
from tests.scenarios.mission import INPUT, Mission, document
from tests.scenarios.packages import MARKERS
from tests.scenarios.person import Person

RUN = ("run", "one.yaml", "--input", INPUT)
MINE = '''"""Someone's own file beside the blueprint."""

from ice_sdk import tool


@tool(version="1.0.0")
def mine(text: str) -> str:
    """Give the text back."""
    return text[::-1]
'''
OWN_FLOW = """\
schema_version: "1.2.0"
id: acme.own
inputs: {type: object, properties: {text: {type: string}}, required: [text]}
nodes:
- {id: mine, type: tool, tool_name: mine, tool_args: {text: "{{ inputs.text }}"}}
outputs: {text: "{{ mine }}"}
"""


def unlisted(text: str) -> str:
    """What no manifest lists."""
    return text


@pytest.fixture
def declared(mission: Mission) -> Iterator[Mission]:
    """A signed package is installed, and this process has declared a component besides."""
    mission.put(document())
    tool(name="unlisted", version="1.0.0")(unlisted)
    yield mission
    forget(unlisted)


def refused_by(ice: Ice, mission: Mission, *words: str) -> tuple[str, int, bool]:
    """Slug and exit code of the run with these further words, and whether everything is as it was."""
    before = listing(mission.folder)
    outcome = ice(*RUN, *words)
    return outcome.slug, outcome.code, before == listing(mission.folder)


def test_the_option_makes_it_an_error(declared: Mission, ice: Ice) -> None:
    """`--no-dynamic`."""
    assert ("component-not-in-manifest", 1, True) == refused_by(ice, declared, "--no-dynamic")


def test_the_variable_makes_it_an_error(declared: Mission, ice: Ice, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ICEOS_NO_DYNAMIC=1`."""
    monkeypatch.setenv("ICEOS_NO_DYNAMIC", "1")

    assert ("component-not-in-manifest", 1, True) == refused_by(ice, declared)


def test_the_project_makes_it_an_error(declared: Mission, ice: Ice) -> None:
    """`[tool.iceos] no_dynamic = true` of the current folder's pyproject.toml."""
    (declared.folder / "pyproject.toml").write_text("[tool.iceos]\nno_dynamic = true\n")

    assert ("component-not-in-manifest", 1, True) == refused_by(ice, declared)


def test_the_argument_makes_it_an_error(declared: Mission) -> None:
    """`load_plugins(no_dynamic=True)`."""
    with pytest.raises(IceError) as refused:
        declared.run(no_dynamic=True)

    assert "component-not-in-manifest" == refused.value.slug


@pytest.mark.usefixtures("clean_imports")
def test_without_a_switch_it_warns_and_the_run_goes_on(declared: Mission) -> None:
    """The warning points at the declaration and names the command that mends it."""
    with pytest.warns(UnlistedComponentWarning) as caught:
        result = declared.run(no_dynamic=False)

    assert {"words": 3} == result.outputs
    place = (__file__, unlisted.__code__.co_firstlineno)
    assert [place] == [(warning.filename, warning.lineno) for warning in caught]
    words = str(caught[0].message)
    assert words.startswith("WARN dynamic component: `tool:unlisted` was registered by code, and no manifest lists it")
    assert "ice plugins export --output plugins.json" in words


def test_a_person_sees_the_warning_and_their_own_component_runs(mission: Mission, tmp_path: Path) -> None:
    """On standard error, with file and line; the unlisted component itself runs, unverified and said so."""
    (mission.folder / "mine.py").write_text(MINE)
    (mission.folder / "own.yaml").write_text(OWN_FLOW)
    person = Person(folder=mission.folder, home=tmp_path, environ={"ICEOS_HOME": str(mission.home.root)})
    script = "import mine; from ice_cli.main import main; main(['run', 'own.yaml', '--input', 'text=abc'])"

    outcome = person.python("-c", script, environ={MARKERS: str(mission.markers)})

    assert (0, {"text": "cba"}) == (outcome.code, outcome.json), outcome.err
    words = "warning: dynamic component: `tool:mine` was registered by code, and no manifest lists it"
    assert f"{words}\n  --> {mission.folder / 'mine.py'}:6\n" in outcome.err
    assert "ice plugins export --output plugins.json" in outcome.err
    assert "warning: unverified code: `tool:mine`" in outcome.err
