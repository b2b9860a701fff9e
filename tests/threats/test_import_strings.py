"""Import strings that a trusted, malicious publisher signs: what is outside their own wheel is never reached."""

import sys

import pytest

from tests.scenarios.mission import FILES, counting, document
from tests.scenarios.packages import markers
from tests.threats.target import Target, bundle_of, lock_of, slug_of

# Standard library modules whose import has an effect that a test can see, and which nothing else here imports.
NEVER_IMPORTED = ("antigravity", "this", "idlelib", "turtledemo", "lib2to3")

# Not of the form `module:Attribute`: the document itself is refused.
MALFORMED = (
    "os.system",
    "os",
    "",
    ":",
    "os:",
    ":system",
    "acme_words.counting:count_words.__globals__",
    "acme_words.counting:os.system",
    "acme_words:counting:count_words",
    "acme_words.counting:count_words()",
    "acme_words.counting:count_words[0]",
    "acme_words.counting: count_words",
    " acme_words.counting:count_words",
    "acme_words.counting:count_words\n",
    "acme_words..counting:count_words",
    ".acme_words.counting:count_words",
    "../acme_words/counting:count_words",
    "acme_words/counting:count_words",
    "acme_words\\counting:count_words",
    "/etc/passwd:root",
    "file:///etc/passwd:root",
    "acme_words.counting:count-words",
    "acme_words.counting:1count",
    "acme_wоrds.counting:count_words",  # a Cyrillic o
    "acme_words.counting:ｃount_words",  # full width, which Python folds to ASCII
    "acme_words.counting\u200b:count_words",
    "acme_words.counting:count_words\u202e",
    "acme_words.counting;import os:count_words",
    "acme_words.counting\x00:count_words",
    "{{ acme_words }}:count_words",
)
# Well formed, and the module is not in the signed wheel.
OUTSIDE = (
    "os:system",
    "posix:system",
    "builtins:eval",
    "builtins:exec",
    "builtins:__import__",
    "subprocess:Popen",
    "subprocess:run",
    "importlib:import_module",
    "pickle:loads",
    "runpy:run_path",
    "ctypes:CDLL",
    "webbrowser:open",
    "code:interact",
    "pty:spawn",
    "antigravity:webbrowser",
    "this:s",
    "idlelib.run:main",
    "sys:exit",
    "__main__:main",
    "ice_core.home:write_atomically",
    "ice_sdk.decorators:tool",
    "ice_orchestrator.resolve:resolve",
    "pydantic:BaseModel",
    "acme_other:run",
    "acme_words.gone:count_words",
    "acme_words_evil.counting:count_words",
    "acme_words.counting.deeper:count_words",
    "acme_words.__init__:leave",
    "Acme_words.counting:count_words",
    "acme_words.plugins:json",
)
# In the wheel, and the attribute is not the object that the author declared: never called.
ATTRIBUTES = {
    "acme_words.counting:os": "component-not-declared",
    "acme_words.counting:pathlib": "component-not-declared",
    "acme_words.counting:leave": "component-not-declared",
    "acme_words.counting:words_of": "component-not-declared",
    "acme_words.counting:tool": "component-not-declared",
    "acme_words.counting:system": "component-not-declared",
    "acme_words.counting:run_code": "component-not-declared",
    "acme_words.counting:__builtins__": "component-not-declared",
    "acme_words.counting:__loader__": "component-not-declared",
    "acme_words.counting:__spec__": "component-not-declared",
    "acme_words.counting:__name__": "component-not-declared",
    "acme_words.counting:a_class": "component-not-declared",
    "acme_words.counting:Missing": "import-target-missing",
    "acme_words.counting:from_getattr": "import-target-missing",
    "acme_words:counting": "component-not-declared",
}
BAIT = """

from os import system
run_code = eval
class a_class:
    def __init__(self, text): leave("called a_class")
def __getattr__(name):
    leave("called __getattr__")
    return count_words
"""


def sources(text: str, *, declared: bool = True) -> dict[str, str]:
    """The files of a package with bait for each string; without its decorator unless `declared`."""
    module = FILES["acme_words/counting.py"] + BAIT
    if not declared:
        module = "\n".join(line for line in module.split("\n") if not line.startswith("@tool"))
    files = {**FILES, "acme_words/counting.py": module}
    if text == "acme_words:counting":
        files["acme_words/__init__.py"] += "\nfrom acme_words import counting\n"
    return files


def pointing_at(text: str) -> bytes:
    """A bundle whose one component is imported from `text`; a key that the target trusts signed it."""
    return bundle_of(document(counting(target=text)), files=sources(text))


@pytest.mark.parametrize("text", MALFORMED)
def test_what_is_not_an_import_target_is_refused_at_every_door(target: Target, text: str) -> None:
    """Threat 30: malicious import string: another form than `module:Attribute` is refused with the document."""
    target.offer(pointing_at(text))

    assert {"manifest-invalid"} == target.refused_everywhere()


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_module_outside_the_signed_wheel_is_refused_at_every_door(target: Target, text: str) -> None:
    """Threat 30: malicious import string: a module that the signed wheel does not hold is refused before any import."""
    before = set(sys.modules)
    target.offer(pointing_at(text))

    slugs = target.refused_everywhere()

    assert {"import-target-missing"} == slugs
    assert [] == [name for name in set(sys.modules) - before if name.partition(".")[0] in NEVER_IMPORTED]


@pytest.mark.parametrize(
    "text", ["os:system", "builtins:eval", "antigravity:webbrowser", "acme_words.gone:count_words"]
)
def test_a_bundle_that_points_outside_is_neither_locked_nor_installed(target: Target, text: str) -> None:
    """Threat 30: malicious import string: `ice lock` refuses to pin it, so there is nothing to install."""
    target.offer(pointing_at(text))

    assert "import-target-missing" == slug_of(lambda: lock_of(pointing_at(text)))
    target.assert_untouched()


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_manifest_installed_by_hand_does_not_reach_outside_its_wheel(target: Target, text: str) -> None:
    """Threat 30: malicious import string: the same, written into `plugins.d` by hand: refused before node one."""
    target.placed(document(counting(target=text)))

    outcome = target.run()

    assert "import-target-missing" == outcome.slug
    target.assert_untouched()


@pytest.mark.parametrize(("text", "slug"), ATTRIBUTES.items())
def test_an_attribute_that_nobody_declared_is_never_called(target: Target, text: str, slug: str) -> None:
    """Threat 30: malicious import string: a module, class or function of the wheel that is no component is not called.

    The module declares nothing, so that only the type of the object stands in the way.
    """
    target.placed(document(counting(target=text)), files=sources(text, declared=False))

    outcome = target.run()

    assert (1, slug) == (outcome.code, outcome.slug)
    assert [] == [marker for marker in markers(target.markers) if marker.startswith("called")]


@pytest.mark.parametrize("text", ATTRIBUTES)
def test_a_component_declared_elsewhere_in_the_module_stops_it_earlier(target: Target, text: str) -> None:
    """Threat 30: malicious import string: the module declares the tool, and the manifest names another object of it."""
    target.placed(document(counting(target=text)), files=sources(text))

    outcome = target.run()

    assert (1, "component-not-in-manifest") == (outcome.code, outcome.slug)
    assert [] == [marker for marker in markers(target.markers) if marker.startswith("called")]


def test_a_component_of_another_type_is_never_called(target: Target) -> None:
    """Threat 30: malicious import string: the object is a declared one, and of another type and name than is signed."""
    agent = FILES["acme_words/counting.py"].replace("tool", "agent")
    target.placed(document(), files={**FILES, "acme_words/counting.py": agent})

    outcome = target.run()

    assert 1 == outcome.code
    assert outcome.slug in {"component-not-declared", "component-not-in-manifest"}
    assert "called count_words" not in markers(target.markers)
