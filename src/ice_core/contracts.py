"""Compiled JSON Schemas: whether an instance keeps one side of a component's contract, with every violation.

Validation is `jsonschema-rs` offline, with the regex engine that does not backtrack; nothing is ever fetched. An
instance is first asked about as a whole, which stops at the first violation and makes none; every violation is looked
for only when there is one.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import jsonschema_rs
import orjson

from ice_core.canonical import canonical_bytes
from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue, parse_json, printable

_REGEX_BYTES = 1024 * 1024
_MESSAGE_LENGTH = 400
_MOST_COMPILED: Final = 4096
_COMPILED: Final[dict[bytes, "Contract"]] = {}  # by the SHA-256 of the schema; the oldest goes first


class Violation:
    """One way in which an instance breaks a schema: the path inside the instance, and what is wrong there.

    `keyword` is the schema's keyword that is broken, and `facts` what `jsonschema-rs` says about it.
    """

    __slots__ = ("facts", "keyword", "message", "path")

    def __init__(
        self, path: str, message: str, *, keyword: str = "", facts: Mapping[str, object] | None = None
    ) -> None:
        self.path = path
        self.message = message
        self.keyword = keyword
        self.facts = facts or {}

    def __repr__(self) -> str:
        return f"Violation({self.path!r}, {self.message!r})"


class Contract:
    """One compiled stand-alone schema (`json_schema.standalone_schema`).

    Attributes:
        is_kept_by: Whether an instance breaks the schema nowhere.

    Raises:
        IceError: `schema-invalid`, when the schema is not draft 2020-12 or holds a pattern that backtracks.
    """

    __slots__ = ("_validator", "is_kept_by")

    def __init__(self, schema: JsonObject, *, where: str) -> None:
        options = jsonschema_rs.RegexOptions(size_limit=_REGEX_BYTES, dfa_size_limit=_REGEX_BYTES)
        try:
            self._validator = jsonschema_rs.Draft202012Validator(
                schema, validate_formats=True, pattern_options=options, offline=True
            )
        except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
            raise IceError(
                "schema-invalid",
                f"`{where}` holds a schema that cannot be used",
                where=Location(where, path=_instance_path(getattr(error, "instance_path", []))),
                expected="a JSON Schema of draft 2020-12 whose patterns need no backtracking",
                found=str(getattr(error, "message", error)),
                hints=("To see the subset and why it is bounded, run `ice explain schema-invalid`",),
            ) from error
        # The library's own function: a call through one of ours would add a fifth to what it takes.
        self.is_kept_by: Callable[[JsonValue], bool] = self._validator.is_valid

    def violations(self, instance: JsonValue) -> tuple[Violation, ...]:
        """Every way in which `instance` breaks the schema, in the order of the schema; empty when it keeps it."""
        if self.is_kept_by(instance):
            return ()
        return tuple(
            Violation(
                _instance_path(error.instance_path),
                _short(error.message),
                keyword=error.kind.name,
                facts=error.kind.as_dict(),
            )
            for error in self._validator.iter_errors(instance)
        )


def compiled(schema: JsonObject, *, where: str) -> Contract:
    """The contract of a schema; the same schema is compiled once in a process, whoever asks.

    Raises:
        IceError: `schema-invalid`, which names `where`.
    """
    digest = hashlib.sha256(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS)).digest()
    contract = _COMPILED.get(digest)
    if contract is None:
        contract = Contract(parse_json(canonical_bytes(schema), where=where), where=where)
        if len(_COMPILED) >= _MOST_COMPILED:
            _COMPILED.pop(next(iter(_COMPILED)), None)
        _COMPILED[digest] = contract
    return contract


def _short(message: str) -> str:
    # A message repeats the value that it refuses, which may be megabytes that a component gave.
    text = printable(message[:_MESSAGE_LENGTH])
    return text if len(message) <= _MESSAGE_LENGTH else f"{text}… ({len(message)} characters)"


def _instance_path(steps: list[str | int]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
