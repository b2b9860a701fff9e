"""The page that is made of a profile and answers."""

from iceos_analyst.answer_report import AnswerFacts, ColumnFacts, TableFacts, answer_report
from iceos_analyst.weather_report import weather_report

PROFILE = TableFacts(
    name="a.csv",
    rows=2,
    columns=[ColumnFacts(name="a|b", type="number", missing=1, min=0.0, max=1 / 3, mean=None)],
)


def answer(text: str, *, answered: bool) -> AnswerFacts:
    return AnswerFacts(question="How many?", answered=answered, answer=text, understood="the number of rows")


def test_several_lines_of_an_answer_become_a_list() -> None:
    page = answer_report(profile=PROFILE, answers=[answer("2012: 1\n2013: 2", answered=True)]).markdown

    assert "- 2012: 1\n- 2013: 2\n\nUnderstood as: the number of rows." in page


def test_what_was_not_understood_is_counted_and_not_explained_away() -> None:
    report = answer_report(profile=PROFILE, answers=[answer("Some words are new to me.", answered=False)])

    assert (report.answered, report.unanswered) == (0, 1)
    assert "Understood as" not in report.markdown


def test_what_was_answered_is_said_in_plain_sentences_too() -> None:
    known = TableFacts(
        name="a.csv",
        rows=2,
        columns=[ColumnFacts(name="n", type="integer", missing=0, min=1, max=3, mean=2.0)],
    )

    text = answer_report(
        profile=known, answers=[answer("2012: 1\n2013: 2", answered=True), answer("What?", answered=False)]
    ).text

    assert text.split("\n\n") == [
        "a.csv has 2 rows and 1 columns.",
        "The values of `n` lie between 1 and 3, with a mean of 2.",
        "2012: 1; 2013: 2",
    ]


def test_a_cell_cannot_break_the_table() -> None:
    assert "| a\\|b | number | 1 | 0 | 0.333333 |  |" in answer_report(profile=PROFILE, answers=[]).markdown


def test_the_workflow_asks_each_question_and_joins_the_answers() -> None:
    nodes = weather_report().to_json({"type": "object"})["nodes"]

    assert isinstance(nodes, list)
    assert [node["id"] for node in nodes if isinstance(node, dict)] == ["profile", "ask", "page", "summary"]
