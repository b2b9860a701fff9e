"""The tool `answer_report`: a table's profile and the analyst's answers as one Markdown page."""

from collections.abc import Iterator

from pydantic import BaseModel

from ice_sdk import tool

Scalar = str | int | float | bool | None


class ColumnFacts(BaseModel, frozen=True, extra="ignore"):
    """A column as `tool:table_profile` describes it."""

    name: str
    type: str
    missing: int
    min: Scalar
    max: Scalar
    mean: float | None


class TableFacts(BaseModel, frozen=True, extra="ignore"):
    """A table as `tool:table_profile` describes it."""

    name: str
    rows: int
    columns: list[ColumnFacts]


class AnswerFacts(BaseModel, frozen=True, extra="ignore"):
    """An answer as `agent:table_analyst` gives it."""

    question: str
    answered: bool
    answer: str
    understood: str


class Report(BaseModel, frozen=True, extra="forbid"):
    """A page for a person, and the same as plain sentences, a paragraph each, for tools that work on text.

    `unanswered` counts the questions that were not understood.
    """

    markdown: str
    text: str
    answered: int
    unanswered: int


@tool(
    version="0.1.0",
    cost_estimate=0.0001,
    tags=["table", "report", "markdown"],
    examples=[
        {
            "input": {
                "profile": {
                    "name": "rain.csv",
                    "rows": 2,
                    "columns": [{"name": "rain", "type": "number", "missing": 0, "min": 0.0, "max": 4.5, "mean": 2.25}],
                },
                "answers": [
                    {
                        "question": "What was the total rain?",
                        "answered": True,
                        "answer": "4.5 is the sum of `rain`.",
                        "understood": "the sum of `rain`",
                    }
                ],
            },
            "output": {
                "markdown": "# rain.csv\n\n2 rows. 1 question answered, 0 not understood.\n\n"
                "| column | type | missing | least | greatest | mean |\n|---|---|---|---|---|---|\n"
                "| rain | number | 0 | 0 | 4.5 | 2.25 |\n\n"
                "## What was the total rain?\n\n4.5 is the sum of `rain`.\n\nUnderstood as: the sum of `rain`.\n",
                "text": "rain.csv has 2 rows and 1 columns.\n\n"
                "The values of `rain` lie between 0 and 4.5, with a mean of 2.25.\n\n4.5 is the sum of `rain`.",
                "answered": 1,
                "unanswered": 0,
            },
        }
    ],
)
def answer_report(*, profile: TableFacts, answers: list[AnswerFacts]) -> Report:
    """Write a Markdown page of a table's profile and of the answers to questions about it.

    Args:
        profile: What `tool:table_profile` gives.
        answers: What `agent:table_analyst` gives, one for each question.
    """
    answered = sum(answer.answered for answer in answers)
    unanswered = len(answers) - answered
    plural = "" if answered == 1 else "s"
    parts = [
        f"# {profile.name}",
        f"{profile.rows} rows. {answered} question{plural} answered, {unanswered} not understood.",
        "\n".join(
            [
                "| column | type | missing | least | greatest | mean |",
                "|---|---|---|---|---|---|",
                *map(_row, profile.columns),
            ]
        ),
        *(_section(answer) for answer in answers),
    ]
    return Report(
        markdown="\n\n".join(parts) + "\n",
        text="\n\n".join(_sentences(profile, answers)),
        answered=answered,
        unanswered=unanswered,
    )


def _sentences(profile: TableFacts, answers: list[AnswerFacts]) -> Iterator[str]:
    yield f"{profile.name} has {profile.rows} rows and {len(profile.columns)} columns."
    for column in profile.columns:
        if column.mean is not None:
            least, greatest, mean = map(_cell, (column.min, column.max, column.mean))
            yield f"The values of `{column.name}` lie between {least} and {greatest}, with a mean of {mean}."
    for answer in answers:
        if answer.answered:
            yield answer.answer.replace("\n", "; ")


def _row(column: ColumnFacts) -> str:
    cells: list[Scalar] = [column.name, column.type, column.missing, column.min, column.max, column.mean]
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(value: Scalar) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"  # one text for 4 and 4.0, which JSON does not tell apart
    return "" if value is None else str(value).replace("|", "\\|")


def _section(answer: AnswerFacts) -> str:
    lines = answer.answer.split("\n")
    body = answer.answer if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)
    understood = f"\n\nUnderstood as: {answer.understood}." if answer.answered else ""
    return f"## {answer.question}\n\n{body}{understood}"
