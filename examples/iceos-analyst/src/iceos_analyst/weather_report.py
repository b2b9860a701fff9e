"""The workflow `weather_report`: profiles a table, asks the analyst each question, and writes a page of answers."""

from pydantic import BaseModel

from ice_sdk import Blueprint, workflow


class WeatherInputs(BaseModel, frozen=True, extra="forbid"):
    """A CSV file with one row a day, and what to ask of it."""

    path: str
    questions: list[str]


class WeatherReport(BaseModel, frozen=True, extra="forbid"):
    """The page as Markdown, and how many of the questions were understood."""

    markdown: str
    answered: int
    unanswered: int


@workflow(version="0.1.0", cost_estimate=0, tags=["weather", "table", "report"])
def weather_report() -> Blueprint:
    """Report on a weather table: what it holds, and each question answered by the analyst."""
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
    return flow.output(markdown=page.out.markdown, answered=page.out.answered, unanswered=page.out.unanswered)
