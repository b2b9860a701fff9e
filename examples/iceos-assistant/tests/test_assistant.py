"""The agent against models that run here: what it may reach, what it reports, and how it stops. No key, no network."""

import asyncio
import json
from pathlib import Path

import pydantic_ai.models
import pytest
from pydantic_ai.exceptions import UsageLimitExceeded
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models import Model
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.usage import RequestUsage

from conftest import PERMITTED, ToolsContext
from iceos_assistant.assistant import (
    KEY,
    LAST_REQUEST_BEGINS_BELOW,
    MAX_INPUT_TOKENS,
    MAX_OUTPUT_TOKENS,
    MAX_TOKENS,
    AssistantAnswer,
    assistant,
)
from iceos_assistant.conversation import ASSISTANT

WEATHER = str(Path(__file__).parents[2] / "data" / "seattle-weather.csv")


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pydantic_ai.models, "ALLOW_MODEL_REQUESTS", False)
    monkeypatch.setenv(KEY, "no key of anyone")


def asked(model: Model, context: ToolsContext, question: str = "How many rainy days in 2014?") -> AssistantAnswer:
    with ASSISTANT.override(model=model):
        return asyncio.run(assistant(context, question=question, path=WEATHER))


def rainy_days(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """A model that asks for the rainy days of 2014, and then says the figure that it was given."""
    [*_, last] = messages[-1].parts
    if isinstance(last, ToolReturnPart):
        [row] = json.loads(last.model_response_str())["rows"]
        return ModelResponse(parts=[TextPart(f"There were {row['count']}.")])
    year = {"column": "date", "part": "year", "value": 2014}
    rain = {"column": "precipitation", "op": "gt", "value": 0}
    query = {"filters": [year, rain], "aggregates": [{"function": "count"}]}
    return ModelResponse(parts=[ToolCallPart("table_query", query)])


def test_the_answer_stands_on_what_a_tool_gave(context: ToolsContext) -> None:
    answer = asked(FunctionModel(rainy_days), context)

    assert answer.answer == "There were 150."
    assert answer.tool_calls == 1
    assert context.called == ["tool:table_query"]


def test_the_model_is_shown_two_tools_and_no_way_to_name_a_file(context: ToolsContext) -> None:
    seen: list[AgentInfo] = []

    def look(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        seen.append(info)
        return ModelResponse(parts=[TextPart("done")])

    asked(FunctionModel(look), context)

    tools = seen[0].function_tools
    assert sorted(tool.name for tool in tools) == ["table_profile", "table_query"]
    assert "path" not in str([tool.parameters_json_schema for tool in tools])


def test_every_call_goes_through_the_context(context: ToolsContext) -> None:
    asked(TestModel(call_tools=["table_profile"]), context)

    assert context.called == ["tool:table_profile"]
    assert set(context.called) <= set(PERMITTED)


def test_tokens_are_reported(context: ToolsContext) -> None:
    answer = asked(FunctionModel(rainy_days), context)

    assert context.tokens == answer.tokens > 0


def test_a_model_without_end_is_stopped_and_its_tokens_are_reported_still(context: ToolsContext) -> None:
    def spend(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        used = RequestUsage(input_tokens=MAX_INPUT_TOKENS, output_tokens=MAX_OUTPUT_TOKENS)
        return ModelResponse(parts=[ToolCallPart("table_profile", {})], usage=used)

    with pytest.raises(UsageLimitExceeded):
        asked(FunctionModel(spend), context)

    assert LAST_REQUEST_BEGINS_BELOW < context.tokens <= MAX_TOKENS


def test_without_a_key_nothing_is_asked(context: ToolsContext, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY)

    with pytest.raises(ValueError, match="`OPENAI_API_KEY` is not set"):
        asked(FunctionModel(rainy_days), context)

    assert (context.called, context.tokens) == ([], 0)
