"""Reads a question against a table's profile, word by word; what is left over at the end was not understood."""

import re
from dataclasses import dataclass

from pydantic import JsonValue

from iceos_analyst.table import ColumnProfile, Mention, TableProfile, mention, ranked, value_said
from iceos_analyst.tokens import NotUnderstood, Tokens
from iceos_analyst.vocabulary import (
    ADJECTIVES,
    COMPARATORS,
    COMPARISON_WORDS,
    COUNTING,
    FILLERS,
    FUNCTIONS,
    GROUPING,
    MONTHS,
    PERIODS,
    RANKS,
    ROWS,
    SUBJECTS,
    UNITS,
    Function,
    Rank,
)

_YEAR = re.compile(r"[12][0-9]{3}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """A filter of `table_query`, and the same in words."""

    filter: dict[str, JsonValue]
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """What rows are grouped by: a column, or a part of the date column."""

    column: str
    part: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """A question that was understood, every word of it."""

    conditions: tuple[Condition, ...]
    group: Group | None
    ranks_groups: bool
    by_day: bool
    counts: bool
    function: Function | None
    rank: Rank | None
    column: ColumnProfile | None
    top: int | None


class Reading:
    """One pass over a question; each step takes the words that it understands."""

    def __init__(self, question: str, profile: TableProfile) -> None:
        self.tokens = Tokens(question)
        self.profile = profile
        self.conditions: list[Condition] = []
        self.group: Group | None = None
        self.by_day = False
        self.ranks_groups = False  # "which month" and "3 wettest months" do, "by month" does not

    def read(self) -> Question:
        """The question.

        Raises:
            NotUnderstood: some words mean nothing to the analyst, or the question asks for no figure.
        """
        counts = self._counts()
        top = self._top()
        self._comparisons()
        self._periods()
        self._grouping(GROUPING)
        self.ranks_groups = self._grouping(SUBJECTS)
        if (when := self.tokens.find([("when",)])) is not None:
            self._group_by(None)
            self.tokens.take(when[0])
        if counts:
            self._values()
        said = mention(self.tokens, [column for column in self.profile.columns if column.numeric])
        function = self._function()
        rank = self._rank() or (_end_of(said) if function is None else None)
        self._values()
        self._nouns(ranked=rank is not None)
        left = self.tokens.left(without=FILLERS)
        if left:
            raise NotUnderstood("Some words are neither in the table nor in my vocabulary", left)
        return Question(
            conditions=tuple(self.conditions),
            group=self.group,
            ranks_groups=self.ranks_groups,
            by_day=self.by_day,
            counts=counts,
            function=function,
            rank=rank,
            column=self._measure(said, rank),
            top=top,
        )

    def _counts(self) -> bool:
        found = self.tokens.find(COUNTING)
        if found is not None:
            self.tokens.take(found[0], len(found[1]))
        return found is not None

    def _top(self) -> int | None:
        for position, word in enumerate(self.tokens.words):
            previous, following = self._word(position - 1), self._word(position + 1)
            if not word.isdecimal() or not self.tokens.free(position):
                continue
            if previous == "top" or following in RANKS:
                if previous == "top":
                    self.tokens.take(position - 1)
                return int(self.tokens.take(position)[0])
        return None

    def _word(self, position: int) -> str:
        return self.tokens.words[position] if 0 <= position < len(self.tokens) else ""

    def _comparisons(self) -> None:
        """`wind above 5`, `temp_max is at least 30`, `with more than 20 precipitation`."""
        while (found := self.tokens.find(COMPARATORS)) is not None:
            begin, phrase = found
            number_at = begin + len(phrase)
            if not self.tokens.free(number_at) or not _NUMBER.fullmatch(self._word(number_at)):
                raise NotUnderstood("A comparison needs a number behind it", phrase)
            number = float(self._word(number_at))
            column = self._compared(begin, number_at)
            self.tokens.take(begin, len(phrase) + 1)
            operator = COMPARATORS[phrase]
            words = f"`{column.name}` {COMPARISON_WORDS[operator]} {number:g}"
            self.conditions.append(
                Condition(filter={"column": column.name, "op": operator, "value": number}, words=words)
            )

    def _compared(self, begin: int, number_at: int) -> ColumnProfile:
        numeric = [column for column in self.profile.columns if column.numeric]
        nearest = begin - 1
        while self._word(nearest) in FILLERS:
            nearest -= 1
        places = [nearest - 2, nearest - 1, nearest, number_at + 1, number_at + 2]
        for place in places:
            said = mention(self.tokens, numeric, at=place)
            if said is not None:
                return said.resolved()
        raise NotUnderstood("I do not see which column is compared", self.tokens.words[begin : number_at + 1])

    def _periods(self) -> None:
        """`in 2014`, `since 2013`, `in March 2014`, `on 2014-03-01`."""
        for position, word in enumerate(self.tokens.words):
            if not self.tokens.free(position):
                continue
            operator = PERIODS.get(self._word(position - 1), "eq")
            if _DATE.fullmatch(word):
                self._period(position, operator, part="value", value=word, noun="the date")
            elif _YEAR.fullmatch(word):
                self._period(position, operator, part="year", value=int(word), noun="the year")
            elif word in MONTHS and operator == "eq":
                self._period(position, operator, part="month", value=MONTHS.index(word) + 1, noun="the month")

    def _period(self, position: int, operator: str, *, part: str, value: str | int, noun: str) -> None:
        column = self.profile.day().name
        self.tokens.take(position)
        if operator != "eq":
            self.tokens.take(position - 1)
        words = f"{noun} of `{column}` {COMPARISON_WORDS[operator]} {value}"
        self.conditions.append(
            Condition(filter={"column": column, "part": part, "op": operator, "value": value}, words=words)
        )

    def _grouping(self, openers: tuple[tuple[str, ...], ...]) -> bool:
        """`by year`, `per month`, `which month`, `which weather`."""
        for position in range(len(self.tokens)):
            opener = self.tokens.at(position, openers)
            if opener is not None and self._grouped_at(position + len(opener)):
                self.tokens.take(position, len(opener))
                return True
        return False

    def _grouped_at(self, position: int) -> bool:
        unit = self.tokens.at(position, UNITS)
        if unit is not None:
            self._group_by(UNITS[unit])
            self.tokens.take(position, len(unit))
            return True
        texts = [column for column in self.profile.columns if not column.numeric and column.type != "date"]
        said = mention(self.tokens, texts, at=position)
        if said is not None:
            self._set_group(Group(column=said.resolved().name, part="value"))
        return said is not None

    def _group_by(self, part: str | None) -> None:
        column = self.profile.day()
        self._set_group(Group(column=column.name, part=part) if part is not None else None)

    def _set_group(self, group: Group | None) -> None:
        """Groups by a column or a part of the date; None stands for the days themselves."""
        if self.group is not None or self.by_day:
            raise NotUnderstood("I group by one thing at a time")
        self.group, self.by_day = group, group is None

    def _rank(self) -> Rank | None:
        found = self.tokens.find([(word,) for word in RANKS])
        if found is None:
            return None
        self.tokens.take(found[0])
        return RANKS[found[1][0]]

    def _function(self) -> Function | None:
        found = self.tokens.find([(word,) for word in FUNCTIONS])
        if found is None:
            return None
        self.tokens.take(found[0])
        return FUNCTIONS[found[1][0]]

    def _values(self) -> None:
        """`rainy`: a quantity that is not zero; `foggy`: a value of a column that has few."""
        for position, word in enumerate(self.tokens.words):
            if self.tokens.free(position) and self._adjective(word):
                self.tokens.take(position)
                continue
            said = value_said(word, self.profile.columns) if self.tokens.free(position) else None
            if said is not None:
                column, value = said
                self.tokens.take(position)
                self.conditions.append(
                    Condition(filter={"column": column.name, "value": value}, words=f"`{column.name}` is `{value}`")
                )

    def _adjective(self, word: str) -> bool:
        if word not in ADJECTIVES:
            return False
        quantity, operator, number = ADJECTIVES[word]
        said = ranked(quantity, self.profile.columns)
        if said is None:
            return False
        column = said.resolved().name
        words = f"`{column}` {COMPARISON_WORDS[operator]} {number}"
        self.conditions.append(Condition(filter={"column": column, "op": operator, "value": number}, words=words))
        return True

    def _nouns(self, *, ranked: bool) -> None:
        """`days` and `rows` count; `months` and `years` of a ranking are what is ranked."""
        for position, word in enumerate(self.tokens.words):
            if self.tokens.free(position) and word in ROWS:
                self.tokens.take(position)
        found = self.tokens.find(UNITS)
        if found is None:
            return
        part = UNITS[found[1]]
        if ranked and self.group is None and not self.by_day:
            self._group_by(part)
            self.ranks_groups = True
        elif part is not None:
            return  # it stays, and is said not to be understood
        self.profile.day()
        self.tokens.take(found[0], len(found[1]))

    def _measure(self, said: Mention | None, rank: Rank | None) -> ColumnProfile | None:
        if said is None and rank is not None and rank.quantity is not None:
            said = ranked(rank.quantity, self.profile.columns)
            if said is None:
                raise NotUnderstood(f"The table has no column of {rank.quantity}", [rank.quantity])
        return said.resolved(descending=rank.descending if rank else None) if said is not None else None


def _end_of(said: Mention | None) -> Rank | None:
    """`maximum temperature` names the column `temp_max`, and its maximum at once."""
    words = said.said.split() if said is not None else []
    return next((RANKS[word] for word in words if word in RANKS), None)
