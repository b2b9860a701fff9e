"""The lines of an isolated call: what comes out is what went in, and anything else is refused."""

import json
import math

import pytest

from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonValue
from ice_orchestrator.isolation.frames import (
    Answer,
    Call,
    Told,
    line_of,
    text_of,
    told,
    value_of,
)

LINES = [
    b"hello\n",
    b"[]\n",
    b'{"ready":false}\n',
    b'{"ready":true,"ready":true}\n',
    b'{"result":1}\n',
    b'{"result":"1","more":"2"}\n',
    b'{"ask":"1"}\n',
    b'{"ask":1,"arguments":{}}\n',
    b'{"error":{"slug":"component-raised"}}\n',
    b'{"error":"component-raised"}\n',
    b"[" * 5000 + b"\n",
    b'{"seen":"network"}\n',
    b"\xff\xfe\n",
    b'{"result":NaN}\n',
]


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_a_line_that_is_none_of_the_protocol_is_refused(line: bytes) -> None:
    """Threat 30: a component that forges its answer: read strictly, held against the model."""
    with pytest.raises(IceError) as refused:
        told(line)

    assert "component-frame-invalid" == refused.value.slug


@pytest.mark.parametrize(
    "value",
    [None, True, 0, 1.5, "text\nwith lines\u2028and \ud800 half a pair", [[]], {"a": {"b": [1, None]}}, "", {}],
    ids=range(9),
)
def test_a_value_comes_back_as_it_went(value: JsonValue) -> None:
    """Also one that no reader of JSON may take: the schema's side refuses it, not the protocol."""
    line = line_of(Told(result=text_of(value)))

    assert 1 == line.count(b"\n")
    result = told(line).result
    assert result is not None
    assert value == value_of(result)


def test_what_is_no_number_of_json_comes_back_to_be_refused() -> None:
    """NaN is the contract's to refuse, with its own words."""
    value = value_of(text_of(math.nan))

    assert isinstance(value, float)
    assert math.isnan(value)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "hello"], ids=range(4))
def test_a_text_that_is_no_value_is_refused(text: str) -> None:
    """A result is a JSON text."""
    with pytest.raises(IceError) as refused:
        value_of(text)

    assert "component-frame-invalid" == refused.value.slug


def test_an_error_comes_back_as_it_went() -> None:
    """Slug, place, both values, lines, hints and details."""
    error = IceError(
        "component-raised",
        "`tool:x` raised",
        where=Location("a.py", line=3, path="n"),
        expected="one",
        found="two",
        detail=("line 1", "line 2"),
        note="a note",
        hints=("a hint",),
        details={"component": "tool:x", "list": [1, {"a": None}]},
    )

    for each in (error, IceError("component-raised", "x", hints=())):
        back = told(line_of(Told(error=each))).error

        assert back is not None
        assert each.to_json() == back.to_json()


def test_what_is_not_said_is_not_written() -> None:
    """A line holds what is meant, and no empty members."""
    assert b'{"ready":true}\n' == line_of(Told(ready=True))
    assert {"number": 3} == json.loads(line_of(Answer(number=3)))
    call = Call(input="{}", run_id="r", node_id="n", idempotency_key="k")
    assert {"input": "{}", "run_id": "r", "node_id": "n", "idempotency_key": "k"} == json.loads(line_of(call))
