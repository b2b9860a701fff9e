"""What only imported modules can show: each target holds that very object, and each id is declared once."""

import inspect
from collections.abc import Mapping, Sequence
from types import ModuleType

from ice_core.errors import Finding
from ice_core.names import ComponentId
from ice_sdk.declared import Declared, declared_of
from ice_sdk.refusals import refusal_of


def refuse_unreachable(declared: Sequence[Declared], modules: Mapping[str, ModuleType]) -> None:
    """Refuses components whose import target does not hold the very object that was decorated.

    Args:
        declared: The components.
        modules: The imported modules, as `sys.modules`.

    Raises:
        IceError: `import-target-unreachable`, with a finding for each.
    """
    findings = [finding for item in declared if (finding := _finding(item, modules)) is not None]
    if findings:
        raise refusal_of(findings)


def refuse_shared_ids(declared: Sequence[Declared]) -> None:
    """Refuses two objects that are declared as one component.

    Raises:
        IceError: `component-declared-twice`, with a finding for each id.
    """
    earlier: dict[ComponentId, Declared] = {}
    findings: list[Finding] = []
    for item in declared:
        first = earlier.setdefault(item.id, item)
        if first is not item:
            findings.append(
                Finding(
                    "component-declared-twice",
                    f"`{item.id}` is declared twice, at {first.where} and at {item.where}",
                    where=item.where,
                    expected="one object for each (node_type, name)",
                    found=f"{first.target} and {item.target}",
                    hints=(_apart(first, item),),
                    details={"component": str(item.id)},
                )
            )
    if findings:
        raise refusal_of(findings)


def _apart(first: Declared, second: Declared) -> str:
    if first.target == second.target:
        # What a module defines twice it holds once, whatever the components are called.
        return f"Give one of them another Python name than `{second.target.attribute}`"
    return f'Give one of them another name, as in `@{second.id.node_type}("{second.id.name}_2")`'


def _finding(declared: Declared, modules: Mapping[str, ModuleType]) -> Finding | None:
    module, attribute = modules.get(declared.target.module), declared.target.attribute
    told = declared.id.node_type
    message = f"`{declared.target}` does not hold the object that `@{told}` declared"
    missing = object()
    held = getattr(module, attribute, missing) if attribute else missing
    if held is declared.object:
        return None
    hint = f"Put `@{told}` above the other decorators of `{attribute}`"
    found = f"another object: {type(held).__name__}"
    if module is None:
        hint, found = "Leave `__module__` of the object as Python sets it", "no such module"
    elif not attribute:
        hint = f"Give it a name at the top level of `{declared.target.module}`, as in `reader = {told}(...)(...)`"
        found = "no name of that module"
        message = f"no name of `{declared.target.module}` holds the instance that is `{declared.id}`"
    elif held is missing:
        hint, found = f"Keep the object in its module under the name `{attribute}`", "nothing of that name"
    elif _is_another_definition(held, declared):
        hint = f"Give one of the two definitions of `{attribute}` another name"
        found = f"what {attribute} is defined as later"
        message = f"`{declared.target}` is defined twice, and holds the later one"
    return Finding(
        "import-target-unreachable",
        message,
        where=declared.where,
        expected="the very object that was decorated",
        found=found,
        hints=(hint,),
        details={"component": str(declared.id), "import": str(declared.target)},
    )


def _is_another_definition(held: object, declared: Declared) -> bool:
    # A decorator above ours would have made it of the object, and mostly says so in `__wrapped__`.
    if declared_of(held) is not None:
        return True
    whole = inspect.unwrap(held) if callable(held) else held
    place = (getattr(whole, "__module__", None), getattr(whole, "__qualname__", None))
    return whole is not declared.object and place == (declared.target.module, declared.target.attribute)
