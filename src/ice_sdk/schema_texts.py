"""Descriptions in schemas from docstrings, where types and members have none of their own."""

import inspect
from collections.abc import Mapping

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ice_core.strict_json import JsonObject
from ice_sdk.docstrings import class_documentation


def documented(schema: JsonObject, owner: type | None) -> JsonObject:
    """The schema of a type with what its docstrings say: before the sections for the whole, in them for the members.

    Pydantic takes a docstring whole. A description that the type was given otherwise is kept.
    """
    if owner is None:
        return schema
    said = class_documentation(owner)
    if isinstance(owner.__doc__, str) and schema.get("description") == inspect.cleandoc(owner.__doc__):
        del schema["description"]
    if said.text:
        schema.setdefault("description", said.text)
    describe_members(schema, {**said.members, **_by_other_names(owner, said.members)})
    return schema


def _by_other_names(owner: type, texts: Mapping[str, str]) -> dict[str, str]:
    fields: Mapping[str, FieldInfo] = getattr(owner, "model_fields", {}) if issubclass(owner, BaseModel) else {}
    return {
        alias: texts[name]
        for name, field in fields.items()
        for alias in (field.alias, field.validation_alias, field.serialization_alias)
        if name in texts and isinstance(alias, str)
    }


def describe_members(schema: JsonObject, texts: Mapping[str, str]) -> None:
    """Gives the members of an object's schema the descriptions that they lack."""
    members = schema.get("properties")
    if not isinstance(members, dict):
        return
    for name, text in texts.items():
        member = members.get(name)
        if isinstance(member, dict):
            member.setdefault("description", text)
