"""The difference of two manifests in words: what was added, what is gone, what is said otherwise, and where."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ice_core.canonical import canonical_bytes
from ice_core.errors import IceError, Location
from ice_core.json_schema import standalone_schema
from ice_core.strict_json import JsonObject, JsonValue
from ice_core.version_change import required_change
from ice_sdk.autodiscover import Discovery

_UNCOMPARED: Final = frozenset(("$schema", "created", "signature"))
_IGNORED: Final = _UNCOMPARED | {"schemas", "components"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One difference: `+` only the code has it, `-` only the manifest has it, `~` they say it differently.

    Attributes:
        sign: Which of the three.
        subject: A component id, or a member of the manifest's root.
        words: What differs, for a person.
        where: Where the code declares it, if it does.
        breaking: Whether callers of the old form could fail with the new one.
    """

    sign: Literal["+", "-", "~"]
    subject: str
    words: str
    where: Location | None = None
    breaking: bool = False

    def to_json(self) -> JsonObject:
        """The change for programs."""
        where = self.where.to_json() if self.where is not None else None
        return {
            "sign": self.sign,
            "subject": self.subject,
            "words": self.words,
            "breaking": self.breaking,
            "where": where,
        }


def manifest_difference(old: JsonObject, new: JsonObject, *, discovery: Discovery | None = None) -> tuple[Change, ...]:
    """What differs between the manifest `old` and the export `new`; `created` and the signature are passed over.

    Args:
        old: The committed manifest.
        new: The export.
        discovery: Where `new` came from, for file and line.
    """
    places = {str(found.id): found.where for found in discovery.components} if discovery is not None else {}
    changes = [*_root_changes(old, new)]
    before, after = _components(old), _components(new)
    for subject in sorted(before.keys() | after.keys()):
        where = places.get(subject)
        if subject not in before:
            place = f"{where} declares it" if where is not None else "the code declares it"
            changes.append(Change(sign="+", subject=subject, words=f"{place}; the manifest does not", where=where))
        elif subject not in after:
            changes.append(Change(sign="-", subject=subject, words="the manifest lists it; no code declares it"))
        else:
            for words, breaking in _entry_changes(before[subject], after[subject], _schemas(old), _schemas(new)):
                changes.append(Change(sign="~", subject=subject, words=words, where=where, breaking=breaking))
    if not changes and _digested(old) != _digested(new):
        changes.append(Change(sign="~", subject="plugins.json", words="the order of its members or its schemas' names"))
    return tuple(changes)


def _digested(manifest: JsonObject) -> bytes:
    return canonical_bytes({name: value for name, value in manifest.items() if name not in _UNCOMPARED})


def drift(
    path: str, changes: tuple[Change, ...], old: JsonObject, new: JsonObject, *, command: str | None = None
) -> IceError:
    """The refusal of a manifest that no longer describes the code.

    Args:
        path: The manifest's file.
        changes: What differs; at least one.
        old, new: The two manifests, for advice about versions.
        command: What writes the manifest anew; by default the export of the project in the current folder.
    """
    width = max(len(change.subject) for change in changes)
    return IceError(
        "manifest-drift",
        f"`{path}` no longer describes this code",
        where=Location(path),
        detail=[f"{change.sign} {change.subject:<{width}}  {change.words}" for change in changes],
        hints=(
            f"To write the manifest anew, run `{command or f'ice plugins export --output {path}'}`",
            *_version_advice(old, new),
        ),
        details={
            "changes": [change.to_json() for change in changes],
        },
    )


def _version_advice(old: JsonObject, new: JsonObject) -> Iterator[str]:
    for change in required_change(old, new):
        if change.part == "major" and change.new_version is not None and not change.is_enough:
            what = change.reasons[0].words.partition(":")[0].replace("it ", f"{change.old_version} ")
            yield f"`{change.component.name}` {what}; its next version is {change.next_version}"


def _components(manifest: JsonObject) -> dict[str, JsonObject]:
    listed = manifest.get("components")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return {f"{entry.get('node_type')}:{entry.get('name')}": entry for entry in entries}


def _schemas(manifest: JsonObject) -> JsonObject:
    schemas = manifest.get("schemas")
    return schemas if isinstance(schemas, dict) else {}


def _root_changes(old: JsonObject, new: JsonObject) -> Iterator[Change]:
    for member in sorted((old.keys() | new.keys()) - _IGNORED):
        before, after = old.get(member), new.get(member)
        if before != after:
            yield Change(sign="~", subject=member, words=f"{_shown(before)} is now {_shown(after)}")


def _entry_changes(
    old: JsonObject, new: JsonObject, old_schemas: JsonObject, new_schemas: JsonObject
) -> Iterator[tuple[str, bool]]:
    for side in ("input", "output"):
        before, after = _side(old, side, old_schemas), _side(new, side, new_schemas)
        if before != after:
            for words, breaking in _schema_changes(before, after, is_input=side == "input"):
                yield f"{side}: {words}", breaking
    for member in [*old, *(member for member in new if member not in old)]:
        before_value, after_value = old.get(member), new.get(member)
        if member != "schema" and before_value != after_value:
            moved = isinstance(before_value, dict | list) or isinstance(after_value, dict | list)
            words = "differs" if moved else f"{_shown(before_value)} is now {_shown(after_value)}"
            yield f"{member}: {words}", False


def _side(entry: JsonObject, side: str, schemas: JsonObject) -> JsonObject:
    pair = entry.get("schema")
    alone = standalone_schema(pair.get(side) if isinstance(pair, dict) else None, schemas)
    definitions = alone.get("$defs")
    target = str(alone.get("$ref")).rpartition("/")[2]
    if isinstance(definitions, dict) and isinstance(definitions.get(target), dict):
        return {**_members(definitions[target]), "$defs": {n: v for n, v in definitions.items() if n != target}}
    return alone


def _schema_changes(old: JsonObject, new: JsonObject, *, is_input: bool) -> Iterator[tuple[str, bool]]:
    before, after = _members(old.get("properties")), _members(new.get("properties"))
    needed_before, needed_after = _names(old.get("required")), _names(new.get("required"))
    said = False
    for name in [*before, *(name for name in after if name not in before)]:
        words, breaking = "", False
        if name not in after:
            words, breaking = "is gone", True
        elif name not in before:
            required = name in needed_after
            words, breaking = "is new" + (" and required" if required else ""), required and is_input
        elif before[name] != after[name]:
            words, breaking = _otherwise(before[name], after[name])
        elif (name in needed_before) != (name in needed_after):
            words = "is now required" if name in needed_after else "is now optional"
            breaking = (name in needed_after) == is_input
        if words:
            said = True
            yield f"`{name}` {words}", breaking
    if not said:
        yield "its schema differs", True


def _otherwise(before: JsonValue, after: JsonValue) -> tuple[str, bool]:
    one, other = _members(before), _members(after)
    differing = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    for member in ("default", "description"):
        if differing == {member}:
            return f"has another {member}", False
    return "has another type", True


def _members(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _names(value: JsonValue) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()


def _shown(value: JsonValue) -> str:
    if value is None:
        return "nothing"
    return f"`{value}`" if isinstance(value, str) else str(value)
