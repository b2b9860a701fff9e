"""The workflow `weather_report`: profiles a table, asks the analyst each question, and writes a page with a summary."""

from pydantic import BaseModel

from ice_sdk import Blueprint, workflow


class WeatherInputs(BaseModel, frozen=True, extra="forbid"):
    """A CSV file with one row a day, and what to ask of it."""

    path: str
    questions: list[str]


class WeatherReport(BaseModel, frozen=True, extra="forbid"):
    """The page as Markdown, its two most central sentences, and how many of the questions were understood."""

    markdown: str
    summary: str
    answered: int
    unanswered: int


@workflow(version="0.1.0", cost_estimate=0, tags=["weather", "table", "report"])
def weather_report() -> Blueprint:
    """Report on a weather table: what it holds, each question answered by the analyst, and a summary."""
    flow = Blueprint.start("weather.report", inputs=WeatherInputs, outputs=WeatherReport)
    profile = flow.tool("table_profile", id="profile", args={"path": flow.inputs.path})
    ask = flow.agent(
        "table_analyst",
        id="ask",
        args={"question": "{{ item }}", "path": flow.inputs.path},
        for_each=flow.inputs.questions,
        max_items=10,
        after=[profile],
    )
    page = flow.tool("answer_report", id="page", args={"profile": profile.out, "answers": ask.out})
    summary = flow.tool("text_summarize", id="summary", args={"text": page.out.text, "sentences": 2})
    return flow.output(
        markdown=page.out.markdown,
        summary=summary.out.summary,
        answered=page.out.answered,
        unanswered=page.out.unanswered,
    )
