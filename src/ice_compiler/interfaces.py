"""What each component of a plan takes and gives, as schemas that stand alone and as shapes: made once, asked often."""

from dataclasses import dataclass

from ice_core.names import ComponentId
from ice_core.registered import RegisteredComponent
from ice_core.shapes import Shape
from ice_core.strict_json import JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """Both sides of one component."""

    input_schema: JsonObject
    output_schema: JsonObject
    taken: Shape
    given: Shape


class Interfaces:
    """The interfaces of one compilation, in which a component has one version."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[ComponentId, Interface] = {}

    def of(self, component: RegisteredComponent) -> Interface:
        """The interface of a component that is bound."""
        known = self._known.get(component.id)
        if known is None:
            takes, gives = component.input_schema(), component.output_schema()
            known = self._known[component.id] = Interface(
                input_schema=takes, output_schema=gives, taken=Shape.of(takes), given=Shape.of(gives)
            )
        return known
