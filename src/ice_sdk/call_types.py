"""The types of one component's call, ready to read an input, write an output, and be turned into schemas.

The input is one object: each parameter is a member, or a single parameter that is a Pydantic model is the whole of it.
"""

import inspect
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final

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

from ice_core.errors import IceError, Location
from ice_core.names import ComponentId
from ice_core.strict_json import JsonObject
from ice_sdk.declared import Declared
from ice_sdk.schema import Adapter, Side
from ice_sdk.signature import NO_DEFAULT, Parameter

_UNREADABLE: Final = (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError)
_PLAIN: Final = (str, int, float, bool, type(None))
# Pydantic cannot read `typing.TypedDict` before Python 3.12, which does not tell what is required from what is not.
_TYPED_DICT: Final = "Write `from typing_extensions import TypedDict`; pydantic brings that package"
_OTHER_TYPE: Final = "Take and give plain types, dataclasses, TypedDicts or Pydantic models of them"


def adapter_of(annotation: Any) -> Adapter:
    """Pydantic's reader and writer of an annotation that was resolved when the program runs."""
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
    """

    input: Adapter
    members: Mapping[str, str] | None
    parameters: tuple[Parameter, ...]
    output: Adapter

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
    component, where = str(declared.id), declared.where
    if declared.kind == "class":
        _refuse_arguments_to_make(declared)
    whole = _whole_input(signature.parameters)
    members: dict[str, str] | None = None
    if whole is not None:
        reader = _adapter(whole, component, where, f"`{signature.parameters[0].name}`")
    else:
        fields = {item.name: (item.annotation, item.default) for item in signature.parameters}
        model = input_model(declared.id, declared.target.module, fields, where=where)
        reader = adapter_of(model)
        members = {field.alias or name: name for name, field in model.model_fields.items()}
    return CallTypes(
        input=reader,
        members=members,
        parameters=signature.parameters,
        output=_adapter(signature.returns, component, where, "what it returns"),
    )


def input_model(
    id: ComponentId, module: str, fields: dict[str, tuple[object, object]], *, where: Location, suffix: str = "Input"
) -> type[BaseModel]:
    """A model of an object with these members, (type, default or `NO_DEFAULT`) by name, and no others.

    Raises:
        IceError: `schema-inexpressible`, naming the member whose type pydantic cannot read.
    """
    definitions: dict[str, Any] = {}
    for index, (name, (annotation, default)) in enumerate(fields.items()):
        _refuse_field(annotation, default, str(id), where, name)
        _refuse_default(_adapter(annotation, str(id), where, f"`{name}`"), default, str(id), where, name)
        # Members are fields under another name, so that none hides a method of pydantic's models.
        field = Field(alias=name) if default is NO_DEFAULT else Field(default, alias=name)
        definitions[f"member_{index}"] = (annotation, field)
    title = "".join(word.capitalize() for word in id.name.split("_")) + suffix
    return create_model(title, __base__=_Members, __module__=module, **definitions)


class _Members(BaseModel):
    """An object with these members and no others.

    The schema says so, and not the model's configuration, which dataclasses within would take over.
    """

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonObject:
        schema: JsonObject = handler(core)
        resolved = handler.resolve_ref_schema(schema)
        resolved["additionalProperties"] = False
        resolved.pop("description", None)
        return schema


def _whole_input(parameters: tuple[Parameter, ...]) -> type[BaseModel] | None:
    if len(parameters) != 1 or parameters[0].default is not NO_DEFAULT:
        return None
    annotation = parameters[0].annotation
    # `list[int]` is an instance of `type`, too, and no class.
    if typing.get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return None


def _adapter(annotation: object, component: str, where: Location, subject: str) -> Adapter:
    try:
        return adapter_of(annotation)
    except (*_UNREADABLE, SchemaError, TypeError) as error:
        raise IceError(
            "schema-inexpressible",
            f"the type of {subject} in `{component}` cannot become a JSON Schema",
            where=where,
            expected="a type that pydantic reads: plain types, dataclasses, TypedDicts, models, unions of them",
            found=_reason(error),
            hints=(_TYPED_DICT if "TypedDict" in str(error) else _OTHER_TYPE,),
        ) from error


def _reason(error: Exception) -> str:
    # What pydantic says, without the advice that it gives to authors of models.
    said = str(error).partition("\nFor further information")[0].partition(". Set `arbitrary_types_allowed")[0]
    return " ".join(said.split())


def _refuse_default(adapter: Adapter, default: object, component: str, where: Location, name: str) -> None:
    if default is NO_DEFAULT:
        return
    try:
        adapter.validate_python(default)
    except ValidationError as error:
        raise IceError(
            "schema-inexpressible",
            f"the default of `{name}` in `{component}` is not of its own type",
            where=where,
            expected=str(error.errors(include_url=False)[0]["msg"]),
            found=repr(default),
            hints=(f"If `{name}` may be left out, write `{name}: TYPE | None = None`",),
        ) from error


def _refuse_field(annotation: object, default: object, component: str, where: Location, name: str) -> None:
    # A plain call of the function knows neither: it would pass the `Field` on, or miss the name.
    given = typing.get_args(annotation)[1:] if typing.get_origin(annotation) is Annotated else ()
    fields = [item for item in (default, *given) if isinstance(item, FieldInfo)]
    misplaced = [item for item in fields if item is default or not item.is_required() or item.alias is not None]
    if misplaced:
        raise IceError(
            "schema-inexpressible",
            f"`{name}` in `{component}` gets its default or another name from a `Field`, which a plain call ignores",
            where=where,
            expected="a `Field` that only narrows or describes the type, inside `Annotated`",
            found=repr(misplaced[0]),
            hints=(f"Write `{name}: Annotated[TYPE, Field(...)] = DEFAULT`, or take one Pydantic model",),
        )


def _refuse_arguments_to_make(declared: Declared) -> None:
    required = [
        parameter.name
        for parameter in inspect.signature(declared.object).parameters.values()
        if parameter.default is NO_DEFAULT and parameter.kind.name not in ("VAR_POSITIONAL", "VAR_KEYWORD")
    ]
    if required:
        raise IceError(
            "declaration-invalid",
            f"`{declared.target}` cannot be made without arguments, and nothing gives it any",
            where=declared.where,
            expected="a class whose `__init__` needs no arguments",
            found=", ".join(required),
            hints=("Take what varies as parameters of `execute`, and give the others defaults",),
        )
