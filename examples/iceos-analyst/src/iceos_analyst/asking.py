"""Turns a question that was understood into a query for `tool:table_query`, and the rows that come back into words."""

from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from iceos_analyst.reading import Condition, Question
from iceos_analyst.table import ColumnProfile, TableProfile
from iceos_analyst.tokens import NotUnderstood
from iceos_analyst.vocabulary import FUNCTION_WORDS, UNIT_WORDS, Function, Rank

FIGURE: Final = "figure"
MOST_GROUPS: Final = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A query, what it means in words, and which column of its result names each row; None if there is one figure.

    `end` is the end of the order that was asked for, in words; empty where the rows are not ranked.
    """

    query: dict[str, JsonValue]
    understood: str
    label: str | None
    figure: str
    end: str = ""


def ask(question: Question, profile: TableProfile) -> Asked:
    """The query that answers a question.

    Raises:
        NotUnderstood: it asks for no figure, or for one that its column cannot give.
    """
    _refuse_what_would_be_passed_over(question)
    if question.by_day:
        return _days(question, profile)
    function, column = _figure(question, profile)
    aggregate: dict[str, JsonValue] = {"function": function, "name": FIGURE}
    figure = FUNCTION_WORDS[function].format(f"`{column}`" if column is not None else profile.row_noun)
    if column is not None:
        aggregate["column"] = column
    query: dict[str, JsonValue] = {
        "filters": [condition.filter for condition in question.conditions],
        "aggregates": [aggregate],
        "limit": MOST_GROUPS,
    }
    group = question.group
    if group is None:
        return Asked(query=query, understood=figure + _where(question.conditions), label=None, figure=figure)
    query["group_by"] = [{"column": group.column, "part": group.part}]
    label = group.column if group.part == "value" else group.part
    words = f"{figure} for each {UNIT_WORDS.get(group.part, f'`{group.column}`')}"
    ranking = end = ""
    if question.ranks_groups:
        if question.rank is None:
            raise NotUnderstood(f"The question does not say which `{label}` it wants: the highest, the lowest, …")
        query["order_by"] = [{"by": FIGURE, "descending": question.rank.descending}]
        query["limit"] = question.top or 1
        ranking, end = _ranking(question, question.rank), _end(question.rank)
    return Asked(
        query=query, understood=words + _where(question.conditions) + ranking, label=label, figure=figure, end=end
    )


def _refuse_what_would_be_passed_over(question: Question) -> None:
    """Every word that was read has to count: an answer to a part of the question would mislead."""
    ranks = question.ranks_groups or question.by_day
    if question.top is not None and (question.rank is None or not ranks):
        raise NotUnderstood("The question wants several, and does not say of what the first")
    if question.rank is not None and not ranks and (question.function is not None or not _is_figure(question)):
        raise NotUnderstood("The question wants the first of an order, and does not say of what")
    if question.by_day and (question.counts or question.function is not None):
        raise NotUnderstood("A single day has one value, so there is nothing to count, add or average")


def _is_figure(question: Question) -> bool:
    """Whether a rank without anything to rank is a figure: `highest wind` is, `most wind` or `highest sunny` is not."""
    return question.rank is not None and question.rank.function in ("min", "max") and question.column is not None


def _days(question: Question, profile: TableProfile) -> Asked:
    """`Which day was hottest?`: rows, not groups."""
    date, column, rank = profile.day().name, question.column, question.rank
    if column is None or rank is None:
        raise NotUnderstood("A question for a day has to say the most or least of which column")
    query: dict[str, JsonValue] = {
        "columns": [date, column.name],
        "filters": [*(condition.filter for condition in question.conditions), {"column": column.name, "op": "present"}],
        "order_by": [{"by": column.name, "descending": rank.descending}],
        "limit": question.top or 1,
    }
    words = f"`{column.name}` of each row" + _where(question.conditions) + _ranking(question, rank)
    return Asked(query=query, understood=words, label=date, figure=f"`{column.name}`", end=_end(rank))


def _figure(question: Question, profile: TableProfile) -> tuple[Function, str | None]:
    """The function and the column; rows are counted as days only where each row is another day."""
    column, rank = question.column, question.rank
    if question.counts or (rank is not None and column is None and question.conditions):
        if column is not None or question.function is not None:
            raise NotUnderstood("The question asks to count and to compute at once")
        if rank is not None and not rank.descending:
            raise NotUnderstood("Where nothing is counted there is no group, so I cannot tell which has the fewest")
        date = profile.date
        if date is not None and date.distinct != profile.rows:
            return "count_distinct", date.name
        return "count", None
    if column is None:
        raise NotUnderstood("The question does not say which column of numbers it is about")
    function = question.function or (rank.function if rank is not None else None)
    if function is None:
        raise NotUnderstood(f"The question does not say which figure of `{column.name}`: total, average, highest, …")
    return function, column.name


def _where(conditions: tuple[Condition, ...]) -> str:
    return ", where " + " and ".join(condition.words for condition in conditions) if conditions else ""


def _end(rank: Rank) -> str:
    return "greatest" if rank.descending else "least"


def _ranking(question: Question, rank: Rank) -> str:
    return f", the {_end(rank)} {question.top or 1}"


def in_words(asked: Asked, rows: list[dict[str, JsonValue]]) -> str:
    """One sentence for one figure, one line for each of several."""
    if not rows:
        return "No row matches."
    if asked.label is None:
        value = next(iter(rows[0].values()))
        return "No row matches." if value is None else f"{shown(value)} is {asked.understood}."
    pairs = [(shown(row[asked.label]), shown(_other(row, asked.label))) for row in rows]
    if asked.end and len(pairs) == 1:
        [(label, figure)] = pairs
        words = asked.figure.removeprefix("the ").removeprefix(f"{asked.end} ")
        return f"{label} has the {asked.end} {words}: {figure}."
    return "\n".join(f"{label}: {figure}" for label, figure in pairs)


def _other(row: dict[str, JsonValue], label: str) -> JsonValue:
    return next((value for name, value in row.items() if name != label), None)


def shown(value: JsonValue) -> str:
    """A figure for a person: at most four decimals."""
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return "none" if value is None else str(value)


def columns_in_words(columns: list[ColumnProfile]) -> str:
    """The table's columns, for someone whose question was not understood."""
    return ", ".join(f"`{column.name}` ({column.type})" for column in columns)
