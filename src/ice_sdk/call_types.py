"""The types of one component's call, ready to read an input, write an output, and be turned into schemas.

The input is one object: each parameter is a member, or a single parameter that is a Pydantic model is the whole of it,
or the component class's own fields are. Texts of docstrings become descriptions where the types have none.
"""

import inspect
import re
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Final

from pydantic import (
    BaseModel,
    Field,
    GetJsonSchemaHandler,
    PydanticUserError,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, SchemaError

from ice_core.errors import IceError
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject
from ice_sdk.declared import Declared
from ice_sdk.docstrings import documentation
from ice_sdk.schema import Adapter, Side
from ice_sdk.schema_texts import describe_members
from ice_sdk.signature import NO_DEFAULT, Parameter, Place, Signature, item_of
from ice_sdk.source_places import RESULT

_UNREADABLE: Final = (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError)
_PLAIN: Final = (str, int, float, bool, type(None))
# Pydantic cannot read `typing.TypedDict` before Python 3.12, which does not tell what is required from what is not.
_TYPED_DICT: Final = "Write `from typing_extensions import TypedDict`; pydantic brings that package"
_OTHER_TYPE: Final = "Take and give plain types, dataclasses, TypedDicts or Pydantic models of them"
_NAMED: Final = re.compile(r"schema for (?:<class '([^']+)'>|(.+?))\. Set ")


def adapter_of(annotation: Any) -> Adapter:
    """Pydantic's reader and writer of an annotation that was resolved when the program runs."""
    return _kept_adapter(annotation) if _is_plain(annotation) else _new_adapter(annotation)


@lru_cache(maxsize=256)
def _kept_adapter(annotation: Any) -> Adapter:
    return _new_adapter(annotation)


def _is_plain(annotation: Any) -> bool:
    # Of these no two are equal that differ, as `int | str` and `str | int` do.
    if type(annotation) is GenericAlias:
        return annotation.__origin__ in (dict, list) and all(map(_is_plain, annotation.__args__))
    return any(annotation is plain for plain in _PLAIN)


def _new_adapter(annotation: Any) -> Adapter:
    adapter: Adapter = TypeAdapter(annotation)
    if not adapter.pydantic_complete:
        # Pydantic puts off what it cannot resolve; the reason is wanted now.
        adapter.rebuild(raise_errors=True)
    return adapter


@dataclass(frozen=True, kw_only=True, slots=True)
class CallTypes:
    """How one component's input and output are read and written.

    Attributes:
        input: Reads the input object.
        members: The model's field of each member, in order of the parameters; None when the one parameter is all of
            the input.
        parameters: The parameters.
        output: Writes the output.
        item: Writes one item of a streamed output; None for any other output.
    """

    input: Adapter
    members: Mapping[str, str] | None
    parameters: tuple[Parameter, ...]
    output: Adapter
    item: Adapter | None

    @property
    def input_side(self) -> Side:
        """The input as a side of the contract."""
        within = () if self.members is None else tuple(_adapters_within(self.parameters))
        return Side(adapter=self.input, mode="validation", within=within or self._whole(self.input))

    @property
    def output_side(self) -> Side:
        """The output as a side of the contract."""
        return Side(adapter=self.output, mode="serialization", within=self._whole(self.output))

    def _whole(self, adapter: Adapter) -> tuple[Adapter, ...]:
        return () if self.members is not None and adapter is self.input else (adapter,)


def _adapters_within(parameters: tuple[Parameter, ...]) -> list[Adapter]:
    return [adapter_of(item.annotation) for item in parameters if item.annotation not in _PLAIN]


@lru_cache(maxsize=4096)
def call_types(declared: Declared) -> CallTypes:
    """The types of a tool's or agent's call; made once for each component.

    Raises:
        IceError: `annotation-missing`, `annotation-unresolved` or `schema-inexpressible`.
    """
    signature = declared.signature
    component, place = str(declared.id), declared.place_of
    if declared.form in ("class", "factory") and not signature.from_fields:
        _refuse_arguments_to_make(declared)
    whole = _whole_input(signature)
    members: dict[str, str] | None = None
    if whole is not None:
        name = signature.parameters[0].name
        reader = _adapter(whole, component, place, name)
    else:
        fields = {item.name: (item.annotation, item.default) for item in signature.parameters}
        model = input_model(declared.id, declared.target.module, fields, place=place)
        model.member_texts = lambda: documentation(declared).members
        reader = adapter_of(model)
        members = {field.alias or name: name for name, field in model.model_fields.items()}
    output = _adapter(signature.returns, component, place, RESULT)
    return CallTypes(
        input=reader,
        members=members,
        parameters=signature.parameters,
        output=output,
        item=adapter_of(item_of(signature.returns)) if signature.streams else None,
    )


def input_model(
    id: ComponentId,
    module: str,
    fields: dict[str, tuple[object, object]],
    *,
    place: Place,
    suffix: str = "Input",
) -> "type[Members]":
    """A model of an object with these members, (type, default or `NO_DEFAULT`) by name, and no others.

    Args:
        id: The component, which gives the model its name, together with `suffix`.
        module: Where the model is said to be.
        fields: The members.
        place: Gives the line of a member, for messages.
        suffix: Input or Output.

    Raises:
        IceError: `schema-inexpressible`, naming the member whose type pydantic cannot read.
    """
    definitions: dict[str, Any] = {}
    for index, (name, (annotation, default)) in enumerate(fields.items()):
        _refuse_field(annotation, default, str(id), place, name)
        _refuse_default(_adapter(annotation, str(id), place, name), default, str(id), place, name)
        # Members are fields under another name, so that none hides a method of pydantic's models.
        field = Field(alias=name) if default is NO_DEFAULT else Field(default, alias=name)
        definitions[f"member_{index}"] = (annotation, field)
    title = "".join(word.capitalize() for word in id.name.split("_")) + suffix
    return create_model(title, __base__=Members, __module__=module, **definitions)


class Members(BaseModel):
    """An object with these members and no others.

    The schema says so, and not the model's configuration, which dataclasses within would take over. What a docstring
    says of a member is its description where its type has none; it is read when a schema is made, not for a call.
    """

    member_texts: ClassVar[Callable[[], Mapping[str, str]]] = dict

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonObject:
        schema: JsonObject = handler(core)
        resolved = handler.resolve_ref_schema(schema)
        resolved["additionalProperties"] = False
        resolved.pop("description", None)
        describe_members(resolved, cls.member_texts())
        return schema


def _whole_input(signature: Signature) -> type | None:
    parameters = signature.parameters
    if signature.from_fields:
        return signature.owner
    if len(parameters) != 1 or parameters[0].default is not NO_DEFAULT:
        return None
    annotation = parameters[0].annotation
    # `list[int]` is an instance of `type`, too, and no class.
    if typing.get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def _adapter(annotation: object, component: str, place: Place, member: str) -> Adapter:
    try:
        return adapter_of(annotation)
    except (*_UNREADABLE, SchemaError, TypeError) as error:
        subject = "what it returns" if member == RESULT else f"`{member}`"
        raise IceError(
            "schema-inexpressible",
            f"the type of {subject} in `{component}` cannot become a JSON Schema",
            where=place(member),
            expected="a type that pydantic reads: plain types, dataclasses, TypedDicts, models, unions of them",
            found=_unreadable(error),
            hints=(_hint(error),),
        ) from error


def _unreadable(error: Exception) -> str:
    # The type, without what the library says that its own users should do.
    words = " ".join(str(error).partition("\nFor further information")[0].split())
    named = _NAMED.search(words)
    return f"`{named[1] or named[2]}`, which is no type that can be read" if named else words


def _hint(error: Exception) -> str:
    named = _NAMED.search(str(error))
    if "TypedDict" in str(error):
        return _TYPED_DICT
    if (
        named is not None
        and named[1] is not None
        and "." in named[1]
        and named[1].partition(".")[0] not in sys.stdlib_module_names
    ):
        return f"Make `{named[1].rpartition('.')[2]}` a dataclass or a Pydantic model"
    return _OTHER_TYPE


def _refuse_default(adapter: Adapter, default: object, component: str, place: Place, name: str) -> None:
    if default is NO_DEFAULT:
        return
    try:
        adapter.validate_python(default)
    except ValidationError as error:
        raise IceError(
            "schema-inexpressible",
            f"the default of `{name}` in `{component}` is not of its own type",
            where=place(name),
            expected=str(error.errors(include_url=False)[0]["msg"]),
            found=repr(default),
            hints=(f"If `{name}` may be left out, write `{name}: TYPE | None = None`",),
        ) from error


def _refuse_field(annotation: object, default: object, component: str, place: Place, name: str) -> None:
    # A plain call of the function knows neither: it would pass the `Field` on, or miss the name.
    given = typing.get_args(annotation)[1:] if typing.get_origin(annotation) is Annotated else ()
    fields = [item for item in (default, *given) if isinstance(item, FieldInfo)]
    misplaced = [item for item in fields if item is default or not item.is_required() or item.alias is not None]
    if misplaced:
        raise IceError(
            "schema-inexpressible",
            f"`{name}` in `{component}` gets its default or another name from a `Field`, which a plain call ignores",
            where=place(name),
            expected="a `Field` that only narrows or describes the type, inside `Annotated`",
            found=repr(misplaced[0]),
            hints=(f"Write `{name}: Annotated[TYPE, Field(...)] = DEFAULT`, or take one Pydantic model",),
        )


def _refuse_arguments_to_make(declared: Declared) -> None:
    made = declared.object
    required = [
        parameter.name
        for parameter in (inspect.signature(made).parameters.values() if callable(made) else ())
        if parameter.default is NO_DEFAULT and parameter.kind.name not in ("VAR_POSITIONAL", "VAR_KEYWORD")
    ]
    if required:
        raise IceError(
            "declaration-invalid",
            f"`{declared.target}` cannot be made without arguments, and nothing gives it any",
            where=declared.where,
            expected=f"a {declared.form} that needs no arguments",
            found=", ".join(required),
            hints=(
                "Take what varies as parameters of the method, and give the others defaults",
                f'Or declare an instance: `reader = {declared.id.node_type}("{declared.id.name}")(...)`',
            ),
        )
