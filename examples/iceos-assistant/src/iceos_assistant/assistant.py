"""The agent `assistant`: a question over a CSV file, answered by a language model that works with two tools."""

import os
from typing import Annotated, Final

from pydantic import BaseModel, Field
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RunUsage, UsageLimits

from ice_sdk import Context, agent
from iceos_assistant.conversation import ASSISTANT, Work

KEY: Final = "OPENAI_API_KEY"
MAX_TOKENS: Final = 20_000
# Tokens are known after a request, so the last one may go over this by what one request can take.
LAST_REQUEST_BEGINS_BELOW: Final = 12_000
MAX_INPUT_TOKENS: Final = 7_000
MAX_OUTPUT_TOKENS: Final = 1_000
MAX_REQUESTS: Final = 8
MAX_TOOL_CALLS: Final = 12


class AssistantAnswer(BaseModel, frozen=True, extra="forbid"):
    """The model's words, and what they took."""

    answer: str
    tool_calls: int
    tokens: int


@agent(
    version="0.1.0",
    # At least what the dearest token of the model costs; with the bound below, one run costs 0.30 at most.
    cost_estimate={"base": 0.0, "per_token": 0.000015},
    max_tokens=MAX_TOKENS,
    tags=["table", "question", "llm"],
    permissions={
        "environment": [KEY],
        "network": ["api.openai.com"],
        "tools": ["tool:table_profile", "tool:table_query"],
    },
)
async def assistant(
    context: Context,
    *,
    question: Annotated[str, Field(max_length=2_000)],
    path: str,
    model: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+$")] = "gpt-6-luna",
) -> AssistantAnswer:
    """Answer a question over a CSV file with a language model of OpenAI.

    The model sees the question and what the tools give, and it may use `table_profile` and `table_query` of this one
    file. It stays below 20,000 tokens; each token that was used is reported, also when the run fails.

    Args:
        context: The run.
        question: One question in any language.
        path: A CSV file in UTF-8.
        model: The model's name at the provider.

    Raises:
        ValueError: the provider's key is not set.
        pydantic_ai.exceptions.AgentRunError: the provider fails, or a bound is reached.
    """
    if not os.environ.get(KEY):
        raise ValueError(f"`{KEY}` is not set, so no model can be asked")
    usage = RunUsage()
    try:
        result = await ASSISTANT.run(
            question,
            deps=Work(context=context, path=path),
            model=f"openai:{model}",
            usage=usage,
            model_settings=ModelSettings(max_tokens=MAX_OUTPUT_TOKENS),
            usage_limits=UsageLimits(
                request_limit=MAX_REQUESTS,
                tool_calls_limit=MAX_TOOL_CALLS,
                total_tokens_limit=LAST_REQUEST_BEGINS_BELOW,
                per_request_input_tokens_limit=MAX_INPUT_TOKENS,
            ),
        )
    finally:
        context.usage(tokens=usage.total_tokens)
    return AssistantAnswer(answer=result.output, tool_calls=usage.tool_calls, tokens=usage.total_tokens)
