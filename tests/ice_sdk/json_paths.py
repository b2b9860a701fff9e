"""Looking into JSON values by a path, so that a test can say what it expects there."""

from ice_core.strict_json import JsonObject, JsonValue


def at(value: JsonValue, *steps: str | int) -> JsonValue:
    """What lies at the end of the path; a step that leads nowhere fails the test."""
    for step in steps:
        if isinstance(step, str):
            assert isinstance(value, dict), f"no object at {step!r}"
            value = value[step]
        else:
            assert isinstance(value, list), f"no array at {step!r}"
            value = value[step]
    return value


def object_at(value: JsonValue, *steps: str | int) -> JsonObject:
    """The object at the end of the path."""
    found = at(value, *steps)
    assert isinstance(found, dict)
    return found


def array_at(value: JsonValue, *steps: str | int) -> list[JsonValue]:
    """The array at the end of the path."""
    found = at(value, *steps)
    assert isinstance(found, list)
    return found
