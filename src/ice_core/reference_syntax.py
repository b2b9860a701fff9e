"""The restricted grammar of references: tokens, syntax tree and two hand-written parsers; nothing is evaluated here.

    template   = { text | "{{" fallback "}}" }
    fallback   = term { "or" term }
    condition  = both { "or" both }            (a `when`; may stand in one pair of braces)
    both       = denial { "and" denial }
    denial     = "not" denial | "(" condition ")" | term [ comparator term ]
    comparator = "==" | "!=" | "<" | "<=" | ">" | ">="
    term       = path | string | number | "true" | "false" | "null"
    path       = name { "." name | "[" index "]" | "[" string "]" }

There are no calls, filters, attributes or arithmetic. Every loop and every descent is bounded, so a hostile text costs
one pass. Columns count characters of the text, from 1.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeAlias

from ice_core.errors import IceError, Location
from ice_core.strict_json import MAX_INTEGER, JsonValue, printable

MAX_EXPRESSION: Final = 4096
MAX_NESTING: Final = 32
RESERVED_WORDS: Final = frozenset(("and", "or", "not", "true", "false", "null"))

Comparator = Literal["==", "!=", "<", "<=", ">", ">="]
_COMPARATORS: Final[dict[str, Comparator]] = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_LITERALS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_ESCAPES: Final = {"n": "\n", "t": "\t"}

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<string>'(?:[^'\\]|\\.)*+'|\"(?:[^\"\\]|\\.)*+\")"
    r"|(?P<mark>\}\}|==|!=|<=|>=|[<>()\[\].])",
    re.ASCII | re.DOTALL,
)
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?", re.ASCII)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Constant:
    """A string, number, boolean or null written out in a reference."""

    value: JsonValue
    column: int
    length: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A name and the keys and indexes that follow it, as in `search.results[0].title`."""

    name: str
    steps: tuple[str | int, ...]
    column: int
    length: int

    def __str__(self) -> str:
        return self.name + "".join(step_text(step) for step in self.steps)


@dataclass(frozen=True, kw_only=True, slots=True)
class Fallback:
    """Terms joined by `or`: the first that is there and not null."""

    terms: "tuple[Term, ...]"
    column: int
    length: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two terms and the comparator between them."""

    left: "Term"
    comparator: Comparator
    right: "Term"


@dataclass(frozen=True, kw_only=True, slots=True)
class Denial:
    """`not` and what it turns round."""

    operand: "Condition"


@dataclass(frozen=True, kw_only=True, slots=True)
class Junction:
    """Conditions joined by `and`, or by `or`."""

    word: Literal["and", "or"]
    operands: "tuple[Condition, ...]"


Term: TypeAlias = Constant | Path
Condition: TypeAlias = Constant | Path | Comparison | Denial | Junction


def step_text(step: str | int) -> str:
    """One step as it is written: `.key`, `["any key"]` or `[0]`."""
    if isinstance(step, int):
        return f"[{step}]"
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", step, re.ASCII):
        return f".{step}"
    for character, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        step = step.replace(character, escape)
    return f'["{step}"]'


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int


class Parser:
    """Reads one expression out of `text`, beginning at offset `start`.

    Raises:
        IceError: `reference-syntax`, with `details.column` and `details.length` inside the text.
    """

    def __init__(self, text: str, *, start: int, closing: bool, where: Location | None) -> None:
        self.text = text
        self.where = where
        self.opening = max(start - 2, 0) if closing else 0
        self.tokens = self._read(start, closing=closing)
        self.position = 0

    @property
    def next(self) -> _Token:
        """The token that comes next; the last one is the end."""
        return self.tokens[self.position]

    @property
    def end(self) -> int:
        """The offset behind what closed the expression."""
        return self.tokens[-1].start + len(self.tokens[-1].text)

    def _read(self, start: int, *, closing: bool) -> list[_Token]:
        tokens: list[_Token] = []
        offset = start
        while offset < len(self.text):
            if offset - start > MAX_EXPRESSION:
                self.refuse(start, 2, f"at most {MAX_EXPRESSION} characters in one expression", "more")
            match = _TOKEN.match(self.text, offset)
            if match is None:
                self._refuse_character(offset)
            kind, token = str(match.lastgroup), match[0]
            if token == "}}" and closing:
                return [*tokens, _Token(kind="end", text=token, start=offset)]
            if kind != "space":
                tokens.append(_Token(kind=kind, text=token, start=offset))
            offset = match.end()
        if closing:
            self.refuse(max(start - 2, 0), 2, "`}}` that closes this `{{`", "the end of the text")
        return [*tokens, _Token(kind="end", text="", start=len(self.text))]

    def fallback(self) -> Fallback:
        """`term { "or" term }` up to the end."""
        first = self.next.start
        terms = [self.term()]
        while self._take("or"):
            terms.append(self.term())
        self.finish("`or` or `}}`")
        last = terms[-1]
        return Fallback(terms=tuple(terms), column=first + 1, length=last.column - 1 + last.length - first)

    def condition(self, *, depth: int = 0) -> Condition:
        """`both { "or" both }`."""
        return self._junction("or", depth)

    def _junction(self, word: Literal["and", "or"], depth: int) -> Condition:
        operands = [self._denial(depth) if word == "and" else self._junction("and", depth)]
        while self._take(word):
            operands.append(self._denial(depth) if word == "and" else self._junction("and", depth))
        return operands[0] if len(operands) == 1 else Junction(word=word, operands=tuple(operands))

    def _denial(self, depth: int) -> Condition:
        if depth > MAX_NESTING:
            self.refuse(self.next.start, 1, f"at most {MAX_NESTING} levels of `not` and parentheses", "more")
        if self._take("not"):
            return Denial(operand=self._denial(depth + 1))
        if self._take("("):
            inner = self.condition(depth=depth + 1)
            if not self._take(")"):
                self._refuse_next("`)`")
            return inner
        left = self.term()
        comparator = _COMPARATORS.get(self.next.text)
        if comparator is None:
            return left
        self.position += 1
        return Comparison(left=left, comparator=comparator, right=self.term())

    def term(self) -> Term:
        """A path or a literal."""
        token = self.next
        column = token.start + 1
        if token.kind == "string":
            self.position += 1
            return Constant(value=_unquoted(token.text), column=column, length=len(token.text))
        if token.kind == "number":
            self.position += 1
            return Constant(value=self._number(token), column=column, length=len(token.text))
        if token.kind == "name" and token.text in _LITERALS:
            self.position += 1
            return Constant(value=_LITERALS[token.text], column=column, length=len(token.text))
        if token.kind != "name" or token.text in RESERVED_WORDS:
            self._refuse_next("a name such as `inputs` or a node's id, or a literal")
        return self._path(token)

    def _path(self, head: _Token) -> Path:
        self.position += 1
        steps: list[str | int] = []
        end = head.start + len(head.text)
        while self.next.text in (".", "[") and self.next.kind == "mark":
            steps.append(self._key() if self._take(".") else self._index())
            last = self.tokens[self.position - 1]
            end = last.start + len(last.text)
        if self.next.text == "(" and self.next.kind == "mark":
            self.refuse(self.next.start, 1, "a path; references call nothing", "`(`")
        return Path(name=head.text, steps=tuple(steps), column=head.start + 1, length=end - head.start)

    def _key(self) -> str:
        token = self.next
        if token.kind != "name":
            index = token.kind == "number"
            self._refuse_next(f"a key; an index is written `[{token.text}]`" if index else "a key after `.`")
        self.position += 1
        return token.text

    def _index(self) -> str | int:
        self.position += 1
        token = self.next
        whole = token.kind == "number" and token.text.isdigit() and len(token.text) < 10
        if token.kind != "string" and not whole:
            self._refuse_next("an index from 0 or a quoted key after `[`")
        self.position += 1
        if not self._take("]"):
            self._refuse_next("`]`")
        return int(token.text) if whole else _unquoted(token.text)

    def _number(self, token: _Token) -> int | float:
        whole = token.text.removeprefix("-").isdigit()
        number: int | float = int(token.text) if whole and len(token.text) <= 17 else float(token.text)
        exact = not whole or abs(number) <= MAX_INTEGER
        if _JSON_NUMBER.fullmatch(token.text) is None or not exact or number in (float("inf"), float("-inf")):
            expected = "a number as JSON writes it, finite and exact"
            self.refuse(token.start, len(token.text), expected, f"`{token.text}`")
        return number

    def _take(self, word: str) -> bool:
        taken = self.next.text == word and self.next.kind in ("name", "mark")
        self.position += taken
        return taken

    def finish(self, expected: str) -> None:
        """Refuses anything that stands before the end."""
        if self.next.kind != "end":
            self._refuse_next(expected)

    def _refuse_next(self, expected: str) -> NoReturn:
        token = self.next
        found = printable(token.text)
        self.refuse(token.start, max(len(token.text), 1), expected, f"`{found}`" if found else "the end of the text")

    def _refuse_character(self, offset: int) -> NoReturn:
        expected = {
            "|": "a path; references have no filters",
            **dict.fromkeys("'\"", "a string that ends with the quote it starts with"),
            "=": "`==`, which compares",
        }.get(self.text[offset], "a path, a literal or `or`")
        self.refuse(offset, 1, expected, f"`{printable(self.text[offset])}`")

    def refuse(self, offset: int, length: int, expected: str, found: str) -> NoReturn:
        """Raises `reference-syntax` at a character of the text."""
        raise IceError(
            "reference-syntax",
            f"`{printable(self._excerpt(offset))}` is not a reference: expected {expected}, found {found}",
            where=self.where,
            expected=expected,
            found=found,
            details={"column": offset + 1, "length": length},
            hints=("A reference is a path with fallbacks, as in `{{ inputs.model or 'small' }}`",),
        )

    def _excerpt(self, offset: int) -> str:
        end = self.text.find("}}", offset) + 2
        text = self.text[self.opening : end if end > 1 else None].partition("\n")[0]  # only what is at fault
        return text if len(text) <= 80 else f"{text[:80]}…"


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPES.get(match[1], match[1]), text[1:-1])
