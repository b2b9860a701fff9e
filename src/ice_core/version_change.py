"""How far the version of each component must rise between two manifests, and why (SemVer 2.0.0).

Major: what callers gave is no longer taken, or they are given what they were never told of. That must be shown to be
otherwise: a change of schemas that cannot be shown compatible counts as major. Minor: it takes more, gives less, may
touch more, costs more, needs a newer iceos, or is deprecated (clause 7). Patch: anything else that differs. Below 1.0.0
a breaking change raises the minor number (clause 4), and a prerelease may change whatever its release number allows
(clause 9). A version that was published never changes: whatever differs needs a higher one (clause 3).
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from ice_core.canonical import Digest, canonical_bytes, component_digest
from ice_core.json_schema import reachable_schemas
from ice_core.manifest_checks import component_entries, shared_schemas
from ice_core.names import ComponentId, SemVer
from ice_core.schema_compatibility import Verdict, compare_schemas
from ice_core.strict_json import JsonObject, JsonValue

Part = Literal["major", "minor", "patch", "none"]
PARTS: Final[tuple[Part, ...]] = ("none", "patch", "minor", "major")

_PERMISSIONS: Final = ("network", "filesystem", "environment", "tools")
# Members that have a rule of their own; any other that differs is a patch.
_RULED: Final = frozenset(
    ("cost_estimate", "deprecated", "iceos_min", "max_tokens", "permissions", "schema", "version", "node_type", "name")
)


class ChangeReason:
    """One difference of a component and the part of the version that it raises.

    Attributes:
        part: The part.
        place: The member of the component's entry, as `schema.input`.
        words: What differs, as the end of a sentence about the component: "takes less than it took: …".
        verdict: For a schema that breaks or is unknown: where and why, and the counter-example.
        is_security: Whether a reviewer should look: the component may touch more than before.
    """

    __slots__ = ("is_security", "part", "place", "verdict", "words")

    def __init__(
        self, part: Part, place: str, words: str, *, verdict: Verdict | None = None, is_security: bool = False
    ) -> None:
        self.part: Part = part
        self.place = place
        self.words = words
        self.verdict = verdict
        self.is_security = is_security

    def __repr__(self) -> str:
        return f"ChangeReason({self.part!r}, {self.place!r}, {self.words!r})"


class ComponentChange:
    """What became of one component, and the version that it needs.

    Attributes:
        component: Its id.
        part: The part that must rise; a new component asks for a minor, one that is gone for a major of the
            distribution.
        old_version, new_version: None where the manifest does not list it.
        reasons: Why, the greatest part first; empty if nothing differs.
        next_version: The least version that is enough; for one that is gone, the one that nothing replaces.
        is_enough: Whether `new_version` is high enough; never for one that is gone.
    """

    __slots__ = ("component", "is_enough", "new_version", "next_version", "old_version", "part", "reasons")

    def __init__(
        self,
        component: ComponentId,
        *,
        old_version: SemVer | None,
        new_version: SemVer | None,
        reasons: Iterable[ChangeReason],
    ) -> None:
        self.component = component
        self.old_version = old_version
        self.new_version = new_version
        self.reasons = tuple(sorted(reasons, key=lambda reason: -PARTS.index(reason.part)))
        self.part: Part = self.reasons[0].part if self.reasons else "none"
        if old_version is None:
            self.next_version = new_version or SemVer(0, 1, 0)
        else:
            self.next_version = next_version(old_version, self.part)
        self.is_enough = new_version is not None and (
            old_version is None or is_enough(old_version, new_version, self.part)
        )

    def __repr__(self) -> str:
        return f"ComponentChange({self.component}, {self.part!r}, {self.old_version} -> {self.new_version})"


def required_change(old: JsonObject, new: JsonObject) -> tuple[ComponentChange, ...]:
    """What became of each component between two parsed manifests, sorted by id; unchanged ones have the part `none`.

    Args:
        old: A manifest that the model accepts, as it was published or committed.
        new: The one that is to follow it.
    """
    before, after = _components(old), _components(new)
    return tuple(
        ComponentChange(
            component,
            old_version=_version(before.get(component)),
            new_version=_version(after.get(component)),
            reasons=_reasons(before.get(component), after.get(component), shared_schemas(old), shared_schemas(new)),
        )
        for component in sorted(before.keys() | after.keys())
    )


def next_version(version: SemVer, part: Part) -> SemVer:
    """The least version above `version` by which `part` has risen; `version` itself if nothing has to rise."""
    if part == "none":
        return version
    numbers = (version.major, version.minor, version.patch)
    needed = needed_numbers(numbers, part, is_prerelease=bool(version.prerelease))
    if needed == numbers:
        return SemVer(*needed, prerelease=_next_prerelease(version.prerelease))
    return SemVer(*needed)


def is_enough(old: SemVer, new: SemVer, part: Part) -> bool:
    """Whether `new` may follow `old` when `part` must rise; a prerelease of what is needed is enough."""
    if part == "none":
        return new >= old
    needed = needed_numbers((old.major, old.minor, old.patch), part, is_prerelease=bool(old.prerelease))
    return new > old and (new.major, new.minor, new.patch) >= needed


def needed_numbers(numbers: tuple[int, int, int], part: Part, *, is_prerelease: bool) -> tuple[int, int, int]:
    """The least release number under which `part` may change after the given one.

    A prerelease has not spent its number: 2.0.0-rc.1 may still break what 1.9.0 promised, 2.0.1-rc.1 may not.
    """
    place = {"major": 0, "minor": 1}.get(part, 2)
    # Clause 4: below 1.0.0 nothing is promised; by custom a breaking change raises the minor number there.
    place = min(place + 1, 2) if numbers[0] == 0 else place
    if is_prerelease and not any(numbers[place + 1 :]):
        return numbers
    raised = [*numbers[:place], numbers[place] + 1, 0, 0]
    return raised[0], raised[1], raised[2]


def _next_prerelease(identifiers: tuple[str, ...]) -> tuple[str, ...]:
    for index in reversed(range(len(identifiers))):
        if identifiers[index].isdigit():
            return (*identifiers[:index], str(int(identifiers[index]) + 1), *identifiers[index + 1 :])
    return (*identifiers, "1")


def _components(manifest: JsonObject) -> dict[ComponentId, JsonObject]:
    return {
        ComponentId.parse(f"{entry.get('node_type')}:{entry.get('name')}"): entry
        for entry in component_entries(manifest)
    }


def _version(entry: JsonObject | None) -> SemVer | None:
    return SemVer.parse(str(entry.get("version"))) if entry is not None else None


def _reasons(
    old: JsonObject | None, new: JsonObject | None, old_schemas: JsonObject, new_schemas: JsonObject
) -> list[ChangeReason]:
    if old is None or new is None:
        return [ChangeReason("minor", "", "is new") if old is None else ChangeReason("major", "", "is gone")]
    if _digest(old, old_schemas) == _digest(new, new_schemas):
        return []
    found = [*_member_reasons(old, new, old_schemas, new_schemas)]
    return found or [ChangeReason("patch", "", "says the same in other words")]


def _digest(entry: JsonObject, schemas: JsonObject) -> Digest:
    return component_digest({name: value for name, value in entry.items() if name != "version"}, schemas)


def _member_reasons(
    old: JsonObject, new: JsonObject, old_schemas: JsonObject, new_schemas: JsonObject
) -> Iterator[ChangeReason]:
    yield from _schema_reasons("input", old, new, old_schemas, new_schemas)
    yield from _schema_reasons("output", old, new, old_schemas, new_schemas)
    yield from _permission_reasons(_object(old.get("permissions")), _object(new.get("permissions")))
    yield from _cost_reasons(old, new)
    if old.get("iceos_min") != new.get("iceos_min"):
        newer = (_minimum(new) or SemVer(0, 0, 0)) > (_minimum(old) or SemVer(0, 0, 0))
        words = f"needs iceos {new['iceos_min']} or newer" if newer else "runs on an older iceos than before"
        yield ChangeReason("minor" if newer else "patch", "iceos_min", words)
    if old.get("deprecated") != new.get("deprecated"):
        fresh = "deprecated" not in old
        words = "is deprecated" if fresh else "says otherwise that it is deprecated, or no longer"
        yield ChangeReason("minor" if fresh else "patch", "deprecated", words)
    for member in sorted((old.keys() | new.keys()) - _RULED):
        if _differ(old.get(member), new.get(member)):
            yield ChangeReason("patch", member, f"has another `{member}`")


def _schema_reasons(
    side: Literal["input", "output"],
    old: JsonObject,
    new: JsonObject,
    old_schemas: JsonObject,
    new_schemas: JsonObject,
) -> Iterator[ChangeReason]:
    before, after = _object(old.get("schema")).get(side), _object(new.get("schema")).get(side)
    place = f"schema.{side}"
    kept = compare_schemas(before, after, schemas_narrow=old_schemas, schemas_wide=new_schemas)
    back = compare_schemas(after, before, schemas_narrow=new_schemas, schemas_wide=old_schemas)
    # Input: what was given must still be taken. Output: what is given must be what was promised.
    held, other = (kept, back) if side == "input" else (back, kept)
    less, more = ("takes less than it took", "takes more than it took")
    if side == "output":
        less, more = ("gives what it did not give", "gives less than it gave")
    if held.kind == "breaking":
        yield ChangeReason("major", place, f"{less}: {held.reason}", verdict=held)
    elif held.kind == "unknown":
        took = "it still takes all that it took" if side == "input" else "it still gives only what it gave"
        yield ChangeReason("major", place, f"cannot be shown compatible: {took}? ({held.reason})", verdict=held)
    elif other.kind != "compatible":
        yield ChangeReason("minor", place, more, verdict=other)
    elif _differ(before, after) or _differ(_reached(before, old_schemas), _reached(after, new_schemas)):
        yield ChangeReason("patch", place, f"says its {side} in other words")


def _permission_reasons(old: JsonObject, new: JsonObject) -> Iterator[ChangeReason]:
    for kind in _PERMISSIONS:
        before, after = _names(old.get(kind)), _names(new.get(kind))
        added, removed = sorted(after - before), sorted(before - after)
        if added:
            words = f"may touch more than before: {kind} {', '.join(f'`{name}`' for name in added)}"
            yield ChangeReason("minor", f"permissions.{kind}", words, is_security=True)
        elif removed:
            words = f"may touch less than before: no {kind} {', '.join(f'`{name}`' for name in removed)}"
            yield ChangeReason("patch", f"permissions.{kind}", words)
    if bool(old.get("subprocess")) != bool(new.get("subprocess")):
        allowed = bool(new.get("subprocess"))
        words = "may start processes" if allowed else "may no longer start processes"
        yield ChangeReason("minor" if allowed else "patch", "permissions.subprocess", words, is_security=allowed)


def _cost_reasons(old: JsonObject, new: JsonObject) -> Iterator[ChangeReason]:
    before, after = old.get("cost_estimate"), new.get("cost_estimate")
    if _differ(before, after):
        dearer = any(_amount(after, name) > _amount(before, name) for name in ("base", "per_token"))
        # Without an estimate a cost is unknown, and a budget cannot count on it.
        part: Part = "minor" if dearer or before is None or after is None else "patch"
        yield ChangeReason(part, "cost_estimate", "costs more than before" if dearer else "has another cost")
    before, after = old.get("max_tokens"), new.get("max_tokens")
    if before != after:
        more = isinstance(before, int) and (not isinstance(after, int) or after > before)
        words = "may use more tokens than before" if more else "has another bound of tokens"
        yield ChangeReason("minor" if more else "patch", "max_tokens", words)


def _amount(cost: JsonValue, name: str) -> float:
    amount = _object(cost).get(name, 0)
    return amount if isinstance(amount, int | float) else 0


def _minimum(entry: JsonObject) -> SemVer | None:
    text = entry.get("iceos_min")
    return SemVer.parse(text) if isinstance(text, str) else None


def _reached(schema: JsonValue, schemas: JsonObject) -> JsonObject:
    return reachable_schemas([schema], schemas)


def _differ(one: JsonValue, other: JsonValue) -> bool:
    return canonical_bytes(one) != canonical_bytes(other)


def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _names(value: JsonValue) -> frozenset[str]:
    return frozenset(str(name) for name in value) if isinstance(value, list) else frozenset()
