"""`example-mismatch`: an example is an input that the component takes and an output that it may give."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_core.contracts import compiled
from ice_core.errors import Finding
from ice_core.json_schema import standalone_schema
from ice_core.models.plugins import ComponentEntry
from ice_core.strict_json import JsonObject


def _find(subject: Subject) -> Iterator[Finding]:
    for path, entry in subject.entries():
        for index in range(len(entry.examples)):
            for side in ("input", "output"):
                yield from _violations(subject, path, entry, index=index, side=side)


def _violations(subject: Subject, path: str, entry: ComponentEntry, *, index: int, side: str) -> Iterator[Finding]:
    shared: JsonObject = dict(subject.manifest.schemas)
    schema = standalone_schema(getattr(entry.schema_, side), shared)
    contract = compiled(schema, where=f"{subject.where} at {path}.schema.{side}")
    at = f"{path}.examples[{index}].{side}"
    for violation in contract.violations(getattr(entry.examples[index], side)):
        joint = "." if violation.path and not violation.path.startswith("[") else ""
        yield Finding(
            "example-mismatch",
            f"example {index + 1} of `{entry.id}` does not keep its own {side} schema: {violation.message}",
            where=subject.at(f"{at}{joint}{violation.path}"),
            hints=("Mend the example or the schema at the component's decorator, then run `ice plugins export`",),
        )


CHECK = Check(slug="example-mismatch", severity="error", run=_find)
