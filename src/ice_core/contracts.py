"""Compiled JSON Schemas: whether an instance keeps one side of a component's contract, with every violation.

Validation is `jsonschema-rs` offline, with the regex engine that does not backtrack; nothing is ever fetched.
"""

from collections.abc import Mapping
from functools import lru_cache

import jsonschema_rs

from ice_core.canonical import canonical_bytes
from ice_core.errors import IceError, Location
from ice_core.strict_json import JsonObject, JsonValue, parse_json, printable

_REGEX_BYTES = 1024 * 1024
_MESSAGE_LENGTH = 400


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

    Raises:
        IceError: `schema-invalid`, when the schema is not draft 2020-12 or holds a pattern that backtracks.
    """

    __slots__ = ("_validator",)

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

    def violations(self, instance: JsonValue) -> tuple[Violation, ...]:
        """Every way in which `instance` breaks the schema, in the order of the schema; empty when it keeps it."""
        return tuple(
            Violation(
                _instance_path(error.instance_path),
                _short(error.message),
                keyword=error.kind.name,
                facts=error.kind.as_dict(),
            )
            for error in self._validator.iter_errors(instance)
        )

    def is_kept_by(self, instance: JsonValue) -> bool:
        """Whether `instance` breaks the schema nowhere."""
        return self._validator.is_valid(instance)


def compiled(schema: JsonObject, *, where: str) -> Contract:
    """The contract of a schema; the same schema is compiled once in a process."""
    return _compiled(canonical_bytes(schema), where)


@lru_cache(maxsize=4096)
def _compiled(canonical: bytes, where: str) -> Contract:
    return Contract(parse_json(canonical, where=where), where=where)


def _short(message: str) -> str:
    # A message repeats the value that it refuses, which may be megabytes that a component gave.
    text = printable(message[:_MESSAGE_LENGTH])
    return text if len(message) <= _MESSAGE_LENGTH else f"{text}… ({len(message)} characters)"


def _instance_path(steps: list[str | int]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
