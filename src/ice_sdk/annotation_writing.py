"""JSON Schemas as annotations that give the same schema when they are exported; what cannot be is told, part by part.

Objects become TypedDicts, scalars Python's own with `Field`, and whatever Python has no type for keeps its schema word
for word (`WithJsonSchema`) over a wider type. A type is never narrower than its schema.
"""

from ice_core.strict_json import JsonObject, JsonValue, printable
from ice_sdk.annotation_parts import (
    ANY,
    BEYOND,
    FIELDS,
    LONGEST_LINE,
    LONGEST_NAME,
    LONGEST_TYPE,
    MEMBER,
    OPEN,
    PLAIN,
    RESERVED,
    SCALARS,
    WORDS,
    Written,
    told,
    wide,
    words_of,
)
from ice_sdk.foreign_schemas import ROOT, ForeignSchema
from ice_sdk.python_literals import INDENT, call_text, exploded, text_literal
from ice_sdk.schema_types import camel


class AnnotationWriter:
    """Collects the definitions that the annotations of a module need, and what they lose.

    Args:
        taken: Names that no definition may have.
    """

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self.definitions: list[str] = []
        self.lost: list[str] = []
        self._taken = {*RESERVED, *taken}
        self._schema = ForeignSchema({}, self.lost)
        self._classes: dict[str, str] = {}
        self._open: set[str] = set()
        self._resolving: set[str] = set()
        self._stem = ""
        self._root: JsonObject = {}
        self._says_extra = False

    def take(self, wanted: str) -> str:
        """`wanted`, or the first of `wanted2`, `wanted3` that nothing else is called."""
        wanted = wanted[:LONGEST_NAME]
        name, count = wanted, 1
        while name in self._taken:
            count += 1
            name = f"{wanted}{count}"
        self._taken.add(name)
        return name

    def begin(self, stem: str, schema: JsonObject) -> None:
        """What follows is of one schema, whose own definitions it may refer to."""
        self._stem, self._classes, self._open = stem, {}, set()
        self._root = schema
        self._schema = ForeignSchema(schema, self.lost)
        self._says_extra = "additionalProperties" in words_of(schema)

    def named(self, schema: JsonValue, name: str, path: str) -> str:
        """The name of a type for a whole schema; a plain type that is short enough stays as it is."""
        return self._short(self.written(schema, name, path), name)

    def written(self, schema: JsonValue, name: str, path: str) -> Written:
        """The type of one schema; `name` is what an object in it is called."""
        if not isinstance(schema, dict):
            return Written(base=ANY, whole={"not": True} if schema is False else None)
        known = self._schema.known(schema, path)
        if "$ref" in known:
            return self._referred(known, name, path)
        if known.keys() <= WORDS:
            return Written(base=ANY, fields=told(known, {}))
        if known.keys() - WORDS == {"anyOf"} and (union := self._union(known, name, path)) is not None:
            return union
        kind = known.get("type")
        if isinstance(kind, str) and not (BEYOND & known.keys()):
            return self._of_type(kind, known, name, path, is_root=schema is self._root)
        return self._literal(known, name) or Written(base=wide(known), whole=self._schema.alone(known, path))

    def _referred(self, known: JsonObject, name: str, path: str) -> Written:
        target = self._schema.target(known["$ref"])
        beside = {word: value for word, value in known.items() if word != "$ref"}
        if target is None:
            self.lost.append(f"{path}: `$ref` to `{printable(str(known['$ref']))}`, which this file does not define")
            return (
                Written(base=ANY, fields=told(beside, {}))
                if beside.keys() <= WORDS
                else self.written(beside, name, path)
            )
        schema = self._schema.defined[target]
        if not isinstance(schema, dict) or beside.keys() - WORDS:
            return Written(base=ANY, whole=self._schema.alone(known, path))
        if self._has_class(schema):
            if target not in self._classes:
                self._classes[target] = self.take(self._stem + camel(target))
                self._typed_dict(self._classes[target], self._schema.known(schema, path), path)
            quoted = self._classes[target] in self._open
            base = text_literal(self._classes[target]) if quoted else self._classes[target]
            return Written(base=base, fields=told(beside, {}))
        if target in self._resolving:
            self.lost.append(
                f"{path}: `$ref` to `{printable(target)}`, which it is inside of; any value is taken there"
            )
            return Written(base=ANY)
        self._resolving.add(target)
        found = self.written({**schema, **beside}, name, path)
        self._resolving.discard(target)
        return found

    def alone(self, schema: JsonObject, name: str, path: str) -> str:
        """The name of a type for a whole schema that it keeps word for word; no class is made of a part of it."""
        whole = self._schema.alone(schema, path)
        return self._short(Written(base=wide(whole), whole=whole), name)

    def _has_class(self, schema: JsonObject) -> bool:
        """Whether an object's schema is what a TypedDict says: members, which of them are needed, and no more."""
        properties, closed = schema.get("properties"), schema.get("additionalProperties")
        if schema.get("type") != "object" or BEYOND & schema.keys() or "$ref" in schema:
            return False
        if not isinstance(properties, dict):
            return "properties" not in schema and "required" not in schema and closed is False
        required = schema.get("required", [])
        names = [required] if not isinstance(required, list) else required
        fits = all(MEMBER.fullmatch(name) and name not in RESERVED for name in properties)
        return fits and isinstance(closed, bool | None) and all(isinstance(n, str) and n in properties for n in names)

    def _typed_dict(self, name: str, known: JsonObject, path: str) -> None:
        self._open.add(name)
        properties, required = known.get("properties"), known.get("required")
        needed = required if isinstance(required, list) else []
        members = properties if isinstance(properties, dict) else {}
        lines = [
            self._member(member, schema, f"{path}.{member}", name, needed=member in needed)
            for member, schema in members.items()
        ]
        self._open.discard(name)
        if known.get("title") == name:
            self.lost.append(f"{path}: `title`, which repeats the name")
        config: JsonObject = {}
        if isinstance(closed := known.get("additionalProperties"), bool):
            config["extra"] = "allow" if closed else "forbid"
        elif self._says_extra:
            # Pydantic would hand on what an object around it says.
            config["extra"] = "ignore"
        said = {w: v for w, v in known.items() if w not in ("additionalProperties", "properties", "required", "type")}
        config |= {"json_schema_extra": said} if said else {}
        head = exploded("@with_config(", [call_text("ConfigDict", config, depth=1)], ")") + "\n" if config else ""
        self.definitions.append(f"{head}class {name}(TypedDict):\n{''.join(lines) or f'{INDENT}pass{chr(10)}'}")

    def _member(self, member: str, schema: JsonValue, path: str, owner: str, *, needed: bool) -> str:
        typed = self.written(schema, owner + camel(member), path)
        base = self._base(typed, owner + camel(member))
        base = base if needed else f"NotRequired[{base}]"
        line = f"{INDENT}{member}: {base}\n"
        if typed.is_plain and len(line) <= LONGEST_LINE:
            return line
        return f"{INDENT}{member}: {exploded('Annotated[', [base, typed.metadata(2)], ']', depth=1)}\n"

    def _base(self, typed: Written, name: str) -> str:
        return typed.base if len(typed.base) <= LONGEST_TYPE else self._alias(typed.base, name)

    def _short(self, typed: Written, name: str) -> str:
        if typed.is_plain:
            return self._base(typed, name)
        return self._alias(exploded("Annotated[", [self._base(typed, name), typed.metadata(1)], "]"), name)

    def _alias(self, text: str, name: str) -> str:
        own = self.take(name)
        self.definitions.append(f"{own}: TypeAlias = {text}\n")
        return own

    def _union(self, known: JsonObject, name: str, path: str) -> Written | None:
        branches = known["anyOf"]
        listed = branches if isinstance(branches, list) else []
        if len(listed) < 2 or not all(_is_branch(branch) for branch in listed):
            return None
        lost = len(self.lost)
        texts = [self._short(self.written(branch, name, path), f"{name}Choice") for branch in listed]
        if len({*texts}) < len(texts) or ANY in texts or any(" | " in text for text in texts):
            # Python would take two branches for one.
            del self.lost[lost:]
            return None
        texts = [self._alias(text, name) if '"' in text[1:-1] else text for text in texts]
        plain = [text.strip('"') for text in texts]
        # A name that is not there yet has no `|`.
        joined = " | ".join(plain) if plain == texts else text_literal(" | ".join(plain))
        if len(joined) > LONGEST_TYPE:
            # One name a line, which `|` cannot be kept at.
            joined = self._alias(exploded("Union[  # noqa: UP007", texts, "]"), name)
        return Written(base=joined, fields=told({w: v for w, v in known.items() if w != "anyOf"}, {}))

    def _of_type(self, kind: str, known: JsonObject, name: str, path: str, *, is_root: bool) -> Written:
        rest = {word: value for word, value in known.items() if word != "type"}
        if kind in SCALARS and not ({*rest} & {"items", "properties", "additionalProperties", "required"}):
            return Written(base=SCALARS[kind], fields=told(rest, FIELDS.get(kind, {}), whole=kind == "integer"))
        if kind == "array" and not ({*rest} & {"properties", "additionalProperties", "required"}):
            item = self.named(rest.pop("items", True), f"{name}Item", f"{path}[]")
            return Written(base=f"list[{item}]", fields=told(rest, FIELDS["array"], whole=True))
        if kind == "object" and self._has_class(known):
            own = self.take(name)
            if is_root:
                self._classes[ROOT] = own
            self._typed_dict(own, known, path)
            return Written(base=own)
        if (
            kind == "object"
            and not ({*rest} & {"items", "properties", "required"})
            and rest.get("additionalProperties") is not False
        ):
            value = self.named(rest.pop("additionalProperties", True), f"{name}Value", f"{path}.*")
            return Written(base=f"dict[str, {value}]", fields=told(rest, {}))
        return Written(base=OPEN if kind == "object" else ANY, whole=self._schema.alone(known, path))

    def _literal(self, known: JsonObject, name: str) -> Written | None:
        values = known.get("enum")
        listed = values if isinstance(values, list) else []
        plain = [text_literal(value) for value in listed if isinstance(value, str) and PLAIN.fullmatch(value)]
        if len({*plain}) < max(2, len(listed)) or known.keys() - WORDS != {"enum", "type"} or known["type"] != "string":
            return None
        line = f"Literal[{', '.join(plain)}]"
        base = line if len(line) <= LONGEST_TYPE else self._alias(exploded("Literal[", plain, "]"), name)
        return Written(base=base, fields=told({w: v for w, v in known.items() if w not in ("enum", "type")}, {}))


def _is_branch(branch: JsonValue) -> bool:
    return isinstance(branch, dict) and "anyOf" not in branch and bool(branch.keys() - WORDS)
