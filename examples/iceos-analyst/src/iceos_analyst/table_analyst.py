"""The agent `table_analyst`: answers a question over a table with what its permitted tools give, and nothing else."""

import json

from pydantic import BaseModel, JsonValue, TypeAdapter

from ice_sdk import Context, agent
from iceos_analyst.asking import Asked, ask, columns_in_words, in_words
from iceos_analyst.reading import Reading
from iceos_analyst.table import TableProfile
from iceos_analyst.tokens import NotUnderstood

Scalar = str | int | float | bool | None


class Answer(BaseModel, frozen=True, extra="forbid"):
    """What was understood and what came of it; `answered` is false where the question was not understood.

    `query` is what `tool:table_query` was asked, as JSON, so that a person can ask it again.
    """

    question: str
    answered: bool
    answer: str
    understood: str
    not_understood: list[str]
    rows: list[dict[str, Scalar]]
    query: str


class _Result(BaseModel, frozen=True, extra="ignore"):
    """What is needed of a query's result."""

    rows: list[dict[str, JsonValue]]


_ROWS = TypeAdapter(list[dict[str, Scalar]])


@agent(
    version="0.1.0",
    cost_estimate=0.001,
    tags=["table", "question", "offline"],
    permissions={"tools": ["tool:table_profile", "tool:table_query"]},
    examples=[
        {
            "input": {
                "question": "What was the total rain in 2014?",
                "rows": [
                    {"date": "2014-01-01", "rain": 0.0},
                    {"date": "2014-01-02", "rain": 4.5},
                    {"date": "2015-01-01", "rain": 2.0},
                ],
            },
            "output": {
                "question": "What was the total rain in 2014?",
                "answered": True,
                "answer": "4.5 is the sum of `rain`, where the year of `date` is 2014.",
                "understood": "the sum of `rain`, where the year of `date` is 2014",
                "not_understood": [],
                "rows": [{"figure": 4.5}],
                "query": '{"aggregates": [{"column": "rain", "function": "sum", "name": "figure"}], "filters":'
                ' [{"column": "date", "op": "eq", "part": "year", "value": 2014}], "limit": 100}',
            },
        }
    ],
)
async def table_analyst(
    context: Context, *, question: str, path: str | None = None, rows: list[dict[str, Scalar]] | None = None
) -> Answer:
    """Answer a question over a table, such as "Which month was wettest?" or "How many rainy days in 2014?".

    It understands counts, totals, averages, highest and lowest, by a column or a unit of time, with conditions and a
    top n. It says what it understood; where a word is left over it answers nothing and names the word.

    Args:
        context: The run.
        question: One question in English.
        path: A CSV file in UTF-8; or give `rows`.
        rows: The table as a list of objects; or give `path`.
    """
    table: dict[str, JsonValue] = {"path": path} if rows is None else {"rows": [dict(row) for row in rows]}
    profile = TableProfile.model_validate(await context.call("tool:table_profile", **table))
    try:
        asked = ask(Reading(question, profile).read(), profile)
    except NotUnderstood as lost:
        return _unanswered(question, lost, profile)
    result = _Result.model_validate(await context.call("tool:table_query", **table, **asked.query))
    return _answered(question, asked, result)


def _answered(question: str, asked: Asked, result: _Result) -> Answer:
    return Answer(
        question=question,
        answered=True,
        answer=in_words(asked, result.rows),
        understood=asked.understood,
        not_understood=[],
        rows=_ROWS.validate_python(result.rows),
        query=json.dumps(asked.query, ensure_ascii=False, sort_keys=True),
    )


def _unanswered(question: str, lost: NotUnderstood, profile: TableProfile) -> Answer:
    return Answer(
        question=question,
        answered=False,
        answer=f"{lost.reason}. The columns are {columns_in_words(profile.columns)}.",
        understood="",
        not_understood=lost.words,
        rows=[],
        query="",
    )
