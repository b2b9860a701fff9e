"""What a control of the threats is, and those of what a component says and does when it is called."""

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
    "only iceos speaks with its voice": Control(
        file="ice_orchestrator/foreign.py",
        line="    return error if error.slug in SLUGS_OF_A_CALL and _raised_in_iceos(error) else None\n",
        without="    return error\n",
        test="test_voice.py::test_a_component_does_not_speak_with_the_voice_of_iceos",
        case="key-revoked-strict",
    ),
}
