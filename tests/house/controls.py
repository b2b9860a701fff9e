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
    "only iceos speaks with its voice": Control(
        file="ice_orchestrator/foreign.py",
        line="    return error if error.slug in SLUGS_OF_A_CALL and _raised_in_iceos(error) else None\n",
        without="    return error\n",
        test="test_voice.py::test_a_component_does_not_speak_with_the_voice_of_iceos",
        case="key-revoked-strict",
    ),
}
