"""What a control of the threats is; those of the calls of a component, and of the local index."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Control:
    """A control: where it stands, the line that is it, the line that is none, and the test that must then fail."""

    file: str
    line: str
    without: str
    test: str
    case: str = ""


OF_CALLS: Final[dict[str, Control]] = {
    "a component does not end the run": Control(
        file="ice_orchestrator/process_exit.py",
        line="        if os.getpid() == own and is_guarded():\n",
        without="        if False:\n",
        test="test_process_exit.py::test_a_component_does_not_end_the_run_with_success",
        case="os",
    ),
    "what was verified is what runs": Control(
        file="ice_orchestrator/package_wheels.py",
        line="            if kept is not None:\n",
        without="            if False:\n",
        test="test_exchanged_files.py::test_the_wheel_swapped_before_it_is_imported",
        case="False-between the check and node one",
    ),
    "only iceos speaks with its voice": Control(
        file="ice_orchestrator/foreign.py",
        line="    return error if error.slug in SLUGS_OF_A_CALL and _raised_in_iceos(error) else None\n",
        without="    return error\n",
        test="test_voice.py::test_a_component_does_not_speak_with_the_voice_of_iceos",
        case="key-revoked-strict",
    ),
}

OF_THE_INDEX: Final[dict[str, Control]] = {
    "an index is read under its MAC": Control(
        file="ice_core/index.py",
        line='        if not equal_in_constant_time(tag(self._key, HEAD, b"", 0, data), prefix[-TAG_BYTES:]):\n',
        without="        if False:\n",
        test="test_local_index.py::test_an_index_forged_with_another_key_is_not_read",
    ),
    "each part of an index has its place": Control(
        file="ice_core/index.py",
        line="        if not equal_in_constant_time(expected, blob[:TAG_BYTES]):\n",
        without="        if False:\n",
        test="test_local_index.py::test_blobs_that_change_places_are_refused",
    ),
    "an entry has the digest of its row": Control(
        file="ice_core/index.py",
        line="        if sha256(data) != digest:\n",
        without="        if False:\n",
        test="test_local_index.py::test_an_exchanged_entry_has_another_digest",
        case="change_entry",
    ),
    "an index of another time is stale": Control(
        file="ice_core/registry_start.py",
        line='        same = _are_so(root, head["places"])\n',
        without="        same = True\n",
        test="test_local_index.py::test_an_index_of_another_time_is_not_believed",
    ),
    "a package is held to its files at the first touch": Control(
        file="ice_core/indexed_packages.py",
        line='            self._refuse_changed(self.root, form["files"])\n',
        without="",
        test="test_local_index.py::test_half_a_pair_in_the_home_is_refused_wherever_it_is_used",
        case=".json",
    ),
}
