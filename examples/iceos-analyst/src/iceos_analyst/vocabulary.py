"""The words that the analyst knows; what is not here, and is not in the table either, it does not understand."""

from typing import Final, Literal, NamedTuple

Function = Literal["count", "count_distinct", "sum", "mean", "min", "max"]
Phrase = tuple[str, ...]


class Rank(NamedTuple):
    """A word that asks for the first of an order: by which quantity, which end, and how a group's values are joined."""

    quantity: str | None
    descending: bool
    function: Function


RANKS: Final[dict[str, Rank]] = {
    "wettest": Rank("precipitation", True, "sum"),
    "rainiest": Rank("precipitation", True, "sum"),
    "driest": Rank("precipitation", False, "sum"),
    "hottest": Rank("temp", True, "mean"),
    "warmest": Rank("temp", True, "mean"),
    "coldest": Rank("temp", False, "mean"),
    "coolest": Rank("temp", False, "mean"),
    "windiest": Rank("wind", True, "mean"),
    "calmest": Rank("wind", False, "mean"),
    "most": Rank(None, True, "sum"),
    "highest": Rank(None, True, "max"),
    "largest": Rank(None, True, "max"),
    "greatest": Rank(None, True, "max"),
    "maximum": Rank(None, True, "max"),
    "max": Rank(None, True, "max"),
    "fewest": Rank(None, False, "sum"),
    "least": Rank(None, False, "sum"),
    "lowest": Rank(None, False, "min"),
    "smallest": Rank(None, False, "min"),
    "minimum": Rank(None, False, "min"),
    "min": Rank(None, False, "min"),
}
FUNCTIONS: Final[dict[str, Function]] = {
    "average": "mean",
    "avg": "mean",
    "mean": "mean",
    "total": "sum",
    "sum": "sum",
}
FUNCTION_WORDS: Final = {
    "count": "the number of {}",
    "count_distinct": "the number of different {}",
    "sum": "the sum of {}",
    "mean": "the mean of {}",
    "min": "the least {}",
    "max": "the greatest {}",
}
COUNTING: Final[tuple[Phrase, ...]] = (("how", "many"), ("number", "of"), ("how", "often"), ("count", "of"), ("count",))
GROUPING: Final[tuple[Phrase, ...]] = (("for", "each"), ("in", "each"), ("by",), ("per",), ("each",))
SUBJECTS: Final[tuple[Phrase, ...]] = (("which",), ("what",))
# A word for rows by a quantity; where the table has no such quantity, a value of that name is looked for.
ADJECTIVES: Final = {
    "rainy": ("precipitation", "gt", 0),
    "wet": ("precipitation", "gt", 0),
    "dry": ("precipitation", "eq", 0),
}

# A unit of time as the part of a date that `table_query` groups by; None is the date itself.
UNITS: Final[dict[Phrase, str | None]] = {
    ("calendar", "month"): "month",
    ("calendar", "months"): "month",
    ("month", "of", "the", "year"): "month",
    ("month",): "year_month",
    ("months",): "year_month",
    ("year",): "year",
    ("years",): "year",
    ("day",): None,
    ("days",): None,
    ("date",): None,
    ("dates",): None,
}
UNIT_WORDS: Final = {
    "month": "calendar month (1 to 12, all years together)",
    "year_month": "month of each year",
    "year": "year",
}
ROWS: Final = frozenset(("row", "rows", "record", "records", "entry", "entries", "line", "lines"))

COMPARATORS: Final[dict[Phrase, str]] = {
    ("more", "than"): "gt",
    ("greater", "than"): "gt",
    ("higher", "than"): "gt",
    ("less", "than"): "lt",
    ("fewer", "than"): "lt",
    ("lower", "than"): "lt",
    ("at", "least"): "ge",
    ("at", "most"): "le",
    ("above",): "gt",
    ("over",): "gt",
    ("below",): "lt",
    ("under",): "lt",
    (">=",): "ge",
    ("<=",): "le",
    (">",): "gt",
    ("<",): "lt",
}
COMPARISON_WORDS: Final = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "is"}
PERIODS: Final = {"since": "ge", "from": "ge", "after": "gt", "before": "lt", "until": "le"}
MONTHS: Final = "january february march april may june july august september october november december".split()

# Words of a question and of a column's name that mean one thing.
SAME: Final = {
    "temperature": "temp",
    "temperatures": "temp",
    "maximum": "max",
    "minimum": "min",
    "rainfall": "precipitation",
    "rain": "precipitation",
    "precip": "precipitation",
    "prcp": "precipitation",
    "winds": "wind",
}
# They belong to a column's name, but alone they name none.
QUALIFIERS: Final = frozenset(("max", "min", "mean", "avg", "total", "of", "the"))
FILLERS: Final = frozenset(
    "a an and are at be been did do does for had has have in is it its me of on please show tell that the their there"
    " these this to was were what when where which who with".split()
)
