"""Older manifests of iceOS as `plugins.v0`: each change and each loss is told, and nothing is guessed or signed."""

from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn, cast

from pydantic import BaseModel

from ice_core.errors import IceError, Location
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
    """An older manifest as `plugins.v0`.

    Raises:
        IceError: `migration-ambiguous`, `migration-schema-missing`, `import-target-invalid`, or what a reader of the
            manifest would refuse.
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
        listed = cast("list[JsonValue]", root["components"])
        entries = [self._entry(entry, f"components[{index}]") for index, entry in enumerate(listed)]
        if self.renamed and any("blueprint" in entry for entry in entries):
            _refuse(self.where, "components", "a name changes, and a `blueprint` may use it", "names of plugins.v0")
        ordered = sorted(entries, key=lambda entry: (str(entry.get("node_type")), str(entry.get("name"))))
        if ordered != entries:
            self.told.changed.append("components: sorted by `node_type` and `name`")
        root["components"] = list[JsonValue](ordered)
        if root.get("signature") is not None and (self.told.changed or self.told.lost):
            del root["signature"]
            self.told.lost.append("signature: it was made over other bytes")
        refuse_duplicates(root, where=self.where)
        parse_manifest(root, where=self.where)
        check_schemas(root, where=self.where)
        return Migrated(value=root, changed=tuple(self.told.changed), lost=tuple(self.told.lost))

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
                hints=("To write the manifest from the code, run `ice plugins export --output plugins.json`",),
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
        entry["import"] = str(ImportTarget.parse(f"{module}:{attribute}"))
        self._change(f"{path}.import", old, entry["import"])

    def _costs(self, entry: JsonObject, path: str) -> None:
        cost = entry.get("cost_estimate")
        if not isinstance(cost, dict):
            return
        for name in ("base", "per_token"):
            if isinstance(old := cost.get(name), str):
                cost[name] = self._number(old, f"{path}.cost_estimate.{name}")
                self._change(f"{path}.cost_estimate.{name}", old, cost[name])

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
        self.told.changed.append(f"{path}: {before} is now `{new}`")


def _refuse(where: str, path: str, said: str, expected: str) -> NoReturn:
    raise IceError(
        "migration-ambiguous",
        f"`{where}`: {path}: {said}",
        where=Location(where, path=path),
        expected=expected,
        found=said,
        note="Nothing was written.",
        hints=("To write the manifest from the code, run `ice plugins export --output plugins.json`",),
    )


def component_count(migrated: Migrated) -> int:
    """How many components the manifest lists."""
    return len(component_entries(migrated.value))
