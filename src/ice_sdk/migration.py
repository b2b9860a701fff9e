"""Older manifests of iceOS as `plugins.v0`: each change and each loss is told, and nothing is guessed or signed."""

import json
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn, cast

from pydantic import BaseModel

from ice_core.errors import Finding, IceError, Location
from ice_core.manifest_checks import check_schemas, component_entries, refuse_duplicates
from ice_core.models.plugins import (
    ComponentEntry,
    CostEstimate,
    DeprecatedInfo,
    PackageInfo,
    Permissions,
    PluginsManifest,
    SchemaPair,
    parse_manifest,
)
from ice_core.names import NODE_TYPES, ImportTarget, NodeType, is_component_name
from ice_core.strict_json import JsonObject, JsonValue, printable
from ice_core.version import SCHEMA_VERSION
from ice_sdk.registry_names import registry_name

_EXPORT: Final = "To write the manifest from the code, run `ice plugins export --output plugins.json`"
_RENAMED: Final = (("import_path", "import"), ("type", "node_type"))
_PARTS: Final = (
    ("schema", SchemaPair),
    ("cost_estimate", CostEstimate),
    ("permissions", Permissions),
    ("deprecated", DeprecatedInfo),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Migrated:
    """A valid, unsigned manifest; what was changed and what was lost, one line each."""

    value: JsonObject
    changed: tuple[str, ...]
    lost: tuple[str, ...]


def migrate_manifest(value: JsonValue, *, where: str) -> Migrated:
    """An older manifest as `plugins.v0`; places in messages are those of the older one.

    Raises:
        IceError: `migration-ambiguous`, `migration-schema-missing`, `import-target-invalid`, those of all components at
            once, or what a reader of the manifest would refuse.
    """
    if not isinstance(value, dict) or not isinstance(value.get("components"), list):
        _refuse(where, "components", "is not an array", "an object with the array `components`")
    return _Migration(where).migrated(value)


@dataclass(kw_only=True, slots=True)
class _Told:
    changed: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class _Migration:
    def __init__(self, where: str) -> None:
        self.where = where
        self.told = _Told()
        self.renamed = False

    def migrated(self, old: JsonObject) -> Migrated:
        root = self._known(old, PluginsManifest, "")
        if root.get("schema_version") in (None, "v0"):
            self._change("schema_version", root.get("schema_version"), SCHEMA_VERSION)
            root = {"schema_version": SCHEMA_VERSION, **{k: v for k, v in root.items() if k != "schema_version"}}
        if isinstance(package := root.get("package"), dict):
            root["package"] = self._known(package, PackageInfo, "package")
        entries = self._entries(cast("list[JsonValue]", root["components"]))
        if self.renamed and any("blueprint" in entry for entry in entries):
            _refuse(self.where, "components", "a name changes, and a `blueprint` may use it", "names of plugins.v0")
        ordered = sorted(entries, key=lambda entry: (str(entry.get("node_type")), str(entry.get("name"))))
        if ordered != entries:
            self.told.changed.append("components: sorted by `node_type` and `name`")
        if root.get("signature") is not None and (self.told.changed or self.told.lost):
            del root["signature"]
            self.told.lost.append("signature: it was made over other bytes")
        # Checked in the file's own order, so that places are those that its author sees.
        root["components"] = list[JsonValue](entries)
        self._refuse_no_time(root)
        refuse_duplicates(root, where=self.where)
        parse_manifest(root, where=self.where)
        check_schemas(root, where=self.where)
        root["components"] = list[JsonValue](ordered)
        return Migrated(value=root, changed=tuple(self.told.changed), lost=tuple(self.told.lost))

    def _entries(self, listed: list[JsonValue]) -> list[JsonObject]:
        entries: list[JsonObject] = []
        faults: list[Finding] = []
        for index, old in enumerate(listed):
            try:
                entries.append(self._entry(old, f"components[{index}]"))
            except IceError as error:
                faults.append(error.finding)
        if faults:
            raise IceError.of(faults)
        return entries

    def _refuse_no_time(self, root: JsonObject) -> None:
        if "created" not in root:
            raise IceError(
                "manifest-invalid",
                f"`{self.where}` does not say when it was made: `created` is missing",
                where=Location(self.where, path="created"),
                expected="a time in UTC, as YYYY-MM-DDTHH:MM:SSZ",
                note="It is not guessed. Nothing was written.",
                hints=('Add `created` to the file, as in `"created": "2025-01-02T03:04:05Z"`', _EXPORT),
            )

    def _entry(self, old: JsonValue, path: str) -> JsonObject:
        if not isinstance(old, dict):
            _refuse(self.where, path, "is not an object", "an object")
        entry = dict(old)
        for older, newer in _RENAMED:
            if older in entry:
                if newer in entry:
                    _refuse(self.where, path, f"has both `{older}` and `{newer}`", "one of the two")
                entry[newer] = entry.pop(older)
                self.told.changed.append(f"{path}: `{older}` is now `{newer}`")
        entry = self._known(entry, ComponentEntry, path)
        self._refuse_no_schema(entry, path)
        for name, model in _PARTS:
            if isinstance(part := entry.get(name), dict):
                entry[name] = self._known(part, model, f"{path}.{name}")
        self._names(entry, path)
        self._import(entry, path)
        self._costs(entry, path)
        return entry

    def _known(self, old: JsonObject, model: type[BaseModel], path: str) -> JsonObject:
        known = {described.alias or name for name, described in model.model_fields.items()}
        for name in old.keys() - known:
            place = f"{path}.{printable(name)}" if path else printable(name)
            self.told.lost.append(f"{place}: plugins.v0 has no such member")
        self.told.lost.sort()
        return {name: member for name, member in old.items() if name in known}

    def _refuse_no_schema(self, entry: JsonObject, path: str) -> None:
        schema = entry.get("schema")
        missing = [side for side in ("input", "output") if not isinstance(schema, dict) or side not in schema]
        if missing:
            raise IceError(
                "migration-schema-missing",
                f"`{self.where}`: {path} has no schema of its {' and '.join(missing)}",
                where=Location(self.where, path=f"{path}.schema"),
                expected="`schema` with `input` and `output`",
                found=f"no {' and no '.join(missing)}",
                note="The code says what it takes and gives; a migration would have to guess. Nothing was written.",
                hints=(_EXPORT,),
            )

    def _names(self, entry: JsonObject, path: str) -> None:
        node_type, name = entry.get("node_type"), entry.get("name")
        if isinstance(name, str) and node_type in NODE_TYPES:
            entry["name"] = self._name(name, node_type, f"{path}.name")
            if isinstance(deprecated := entry.get("deprecated"), dict):
                newer = deprecated.get("replacement")
                if isinstance(newer, str):
                    place = f"{path}.deprecated.replacement"
                    deprecated["replacement"] = self._name(newer, node_type, place)
        permissions = entry.get("permissions")
        tools = permissions.get("tools") if isinstance(permissions, dict) else None
        if isinstance(permissions, dict) and isinstance(tools, list):
            permissions["tools"] = [self._id(each, f"{path}.permissions.tools[{i}]") for i, each in enumerate(tools)]

    def _id(self, old: JsonValue, path: str) -> JsonValue:
        node_type, joint, name = old.partition(":") if isinstance(old, str) else ("", "", "")
        if not joint or node_type not in NODE_TYPES:
            return old
        return f"{node_type}:{self._name(name, node_type, path)}"

    def _name(self, old: str, node_type: NodeType, path: str) -> str:
        if is_component_name(old):
            return old
        new = registry_name(old.replace("-", "_"), node_type)
        if not is_component_name(new):
            _refuse(self.where, path, f"`{printable(old)}` gives no registry name", "lower case, single underscores")
        self._change(path, old, new)
        self.renamed = True
        return new

    def _import(self, entry: JsonObject, path: str) -> None:
        old = entry.get("import")
        if not isinstance(old, str) or ":" in old:
            return
        module, _, attribute = old.rpartition(".")
        if module.rpartition(".")[2][:1].isupper():
            _refuse(self.where, f"{path}.import", f"`{printable(old)}` may be split in two ways", "module:Attribute")
        try:
            entry["import"] = str(ImportTarget.parse(f"{module}:{attribute}"))
        except IceError as error:
            raise IceError(
                "import-target-invalid",
                f"`{self.where}`: {path}.import: `{printable(old)}` does not name a module and what it holds",
                where=Location(self.where, path=f"{path}.import"),
                expected=error.finding.expected,
                found=printable(old),
                note="Nothing was written.",
                hints=("Write the module and its attribute there, as in `my_pkg.csv:CsvReader`", _EXPORT),
            ) from error
        self._change(f"{path}.import", old, entry["import"])

    def _costs(self, entry: JsonObject, path: str) -> None:
        cost = entry.get("cost_estimate")
        place = f"{path}.cost_estimate"
        if isinstance(cost, str | int | float) and not isinstance(cost, bool):
            base = self._number(cost, place) if isinstance(cost, str) else cost
            entry["cost_estimate"] = {"base": base, "per_token": 0}
            self._change(place, cost, entry["cost_estimate"])
        if not isinstance(cost, dict):
            return
        for name in ("base", "per_token"):
            if isinstance(old := cost.get(name), str):
                cost[name] = self._number(old, f"{place}.{name}")
                self._change(f"{place}.{name}", old, cost[name])

    def _number(self, text: str, path: str) -> int | float:
        try:
            amount = Decimal(text) if text.isascii() and "_" not in text else Decimal("NaN")
            exact = amount.is_finite() and Decimal(repr(float(amount))) == amount
        except (InvalidOperation, OverflowError):
            exact = False
        if not exact:
            _refuse(self.where, path, f"`{printable(text)}` is not exactly one number", "a number such as 0.01")
        return int(amount) if amount == amount.to_integral_value() else float(amount)

    def _change(self, path: str, old: JsonValue, new: JsonValue) -> None:
        before = "absent" if old is None else f"`{printable(str(old))}`"
        after = json.dumps(new) if isinstance(new, dict) else new
        self.told.changed.append(f"{path}: {before} is now `{after}`")


def _refuse(where: str, path: str, said: str, expected: str) -> NoReturn:
    raise IceError(
        "migration-ambiguous",
        f"`{where}`: {path}: {said}",
        where=Location(where, path=path),
        expected=expected,
        found=said,
        note="Nothing was written.",
        hints=(_EXPORT,),
    )


def component_count(migrated: Migrated) -> int:
    """How many components the manifest lists."""
    return len(component_entries(migrated.value))
