"""Things exchanged behind a check's back: a wheel after it was verified, a home, a module that is there already."""

import asyncio
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ice_compiler.compiler import compile_blueprint
from ice_core.canonical import Digest
from ice_core.errors import IceError
from ice_core.key_store import record_bytes
from ice_core.unified_registry import load_plugins
from ice_orchestrator.events import Event
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import run_plan
from tests.builders.homes import listing, make_home, write
from tests.builders.keys import key_record, private_key
from tests.builders.manifests import signed, signed_bytes
from tests.builders.wheels import plugin_wheel
from tests.scenarios.mission import FILES, document
from tests.scenarios.packages import MARKERS, markers
from tests.threats.target import Target, packed, wheel_of

EVIL = f'''import os
import pathlib

pathlib.Path(os.environ["{MARKERS}"], "EVIL").touch()
from ice_sdk import tool


@tool(name="count_words", version="1.0.0")
def count_words(text: str) -> int:
    """Counts wrongly."""
    return 666
'''
EVIL_FILES = {"acme_words/__init__.py": EVIL, "acme_words/counting.py": EVIL, "acme_words/splitting.py": EVIL}


def stored_wheel(target: Target) -> Path:
    """Where the store keeps the wheel."""
    return target.home.blob(target.manifest.with_suffix(".wheels").read_text().split()[0])


def test_a_name_that_is_imported_already(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 29: other code under the wheel's name is in `sys.modules` before the node starts.

    Control: a top-level name that is taken is refused (`module-name-taken`), not used.
    """
    target.installed()
    monkeypatch.setitem(sys.modules, "acme_words", ModuleType("acme_words"))

    outcome = target.run()

    assert ("module-name-taken", 1) == (outcome.slug, outcome.code)
    assert [] == markers(target.markers)


@pytest.mark.parametrize("name", ["json", "os", "sitecustomize", "ice_core", "ice_sdk", "_thread", "antigravity"])
def test_a_wheel_that_brings_a_name_of_the_system(target: Target, name: str) -> None:
    """Threat 29: a signed wheel whose package is called like a module of the standard library or of iceos.

    Control: the gate refuses the name (`wheel-top-level`; `wheel-content-refused` for what runs at start-up).
    """
    files = {**FILES, f"{name}/__init__.py": EVIL}
    wheel = plugin_wheel("acme-words", "1.0.0", files=dict(sorted(files.items())), manifest={})
    slug = "wheel-content-refused" if name == "sitecustomize" else "wheel-top-level"

    target.offer(packed(signed(document(), [wheel]), [wheel]))

    assert {slug} == target.refused_everywhere()


@pytest.mark.parametrize("moment", ["before the check", "between the check and node one"])
@pytest.mark.parametrize("link", [False, True])
def test_the_wheel_swapped_before_it_is_imported(target: Target, moment: str, link: bool) -> None:
    """Threat 28: the file in the store replaced, or by a link, before the check or between the check and the import.

    Control: the bytes are read and hashed once, before node one, and those very bytes are executed.
    """
    blob = stored_wheel(target.installed())
    _, evil = plugin_wheel("acme-words", "1.0.0", files=EVIL_FILES, manifest=document())
    elsewhere = write(target.folder / "evil.whl", evil)
    registry = load_plugins(home=target.home.root, no_dynamic=True, environ={}, project=target.folder)
    plan = compile_blueprint((target.folder / "one.yaml").read_bytes(), where="one.yaml", registry=registry).plan
    assert plan is not None

    def swap(_: "Event | None" = None) -> None:
        if link:
            blob.unlink(missing_ok=True)
            blob.symlink_to(elsewhere)
        else:
            os.replace(write(target.folder / "copy.whl", evil), blob)

    def run() -> RunResult:
        return asyncio.run(run_plan(plan, {"text": "a"}, registry=registry, listener=swap))

    if moment == "before the check":
        swap()
        with pytest.raises(IceError) as caught:
            run()
        assert ("file-not-regular" if link else "wheel-digest-mismatch") == caught.value.slug
        assert [] == markers(target.markers)
        return
    assert {"words": 1} == run().outputs
    assert evil == blob.read_bytes()
    assert "EVIL" not in markers(target.markers)


def test_the_wheel_swapped_between_two_nodes(target: Target) -> None:
    """Threat 28: the file replaced once the first node has imported its package: the second node of it still runs.

    Control: what was verified is kept; a module that is first imported later comes from the same bytes.
    """
    blob = stored_wheel(target.installed())
    registry = load_plugins(home=target.home.root, no_dynamic=True, environ={}, project=target.folder)
    twice = (target.folder / "one.yaml").read_text().replace(
        "outputs:", "- {id: again, type: tool, tool_name: count_words, tool_args: {text: '{{ inputs.text }}'}, "
        "dependencies: [count]}\noutputs:").replace("{{ count }}", "{{ again }}")  # fmt: skip
    plan = compile_blueprint(twice.encode(), where="two.yaml", registry=registry).plan
    assert plan is not None

    def swap(event: Event) -> None:
        if event.type == "node.finished":
            blob.write_bytes(b"other bytes")

    result = asyncio.run(run_plan(plan, {"text": "a b"}, registry=registry, listener=swap))

    assert {"words": 2} == result.outputs


def test_the_home_swapped(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 34: HOME swap: a home that trusts the attacker's key, under the publisher's id, holds other code.

    Control: a plan pins component, manifest and wheel digests; what another home holds is `component-changed` or
    `package-changed`. Without a plan or lock, the keys that a project pins decide (`test_key_life`).
    """
    target.installed()
    compiled = target.ice("compile", "one.yaml", "--no-dynamic", "--output", "plan.json")
    swapped = make_home(target.folder / "swapped", key_record(2))
    value, wheel = document(), wheel_of(files={"acme_words/__init__.py": "", "acme_words/counting.py": "evil = 1\n"})
    write(swapped.manifests / "acme_words-1.0.0.json", signed_bytes(value, [wheel], key=private_key(2)))
    index = f"{Digest.of(wheel[1]).hex}  {wheel[0]}\n".encode()
    write(swapped.manifests / "acme_words-1.0.0.wheels", index)
    write(swapped.blob(Digest.of(wheel[1]).hex), wheel[1])
    for folder in (swapped.keys, swapped.manifests):
        folder.chmod(0o700)
    monkeypatch.setenv("ICEOS_HOME", str(swapped.root))
    before = listing(target.folder)

    outcome = target.run(plan="plan.json")

    assert (0, 1, "package-changed") == (compiled.code, outcome.code, outcome.slug)
    assert before == listing(target.folder)
    target.assert_untouched()


def test_a_key_file_that_names_another_key(target: Target) -> None:
    """Threat 34: key store injection: a second file that gives a known id another key stops everything."""
    write(target.installed().home.keys / "zzz.json", record_bytes(key_record(2)))

    before = listing(target.folder)

    assert ("key-file-invalid", 1) == (target.run().slug, target.run().code)
    assert before == listing(target.folder)
    target.assert_untouched()
