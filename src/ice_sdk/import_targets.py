"""Where the object of a component can be imported: `module:Attribute`, which has to hold that very object."""

import sys

from ice_core.errors import IceError, Location
from ice_core.names import ImportTarget


def target_of(target: object, where: Location) -> ImportTarget:
    """The target of a function or class, from its own name.

    Raises:
        IceError: `import-target-unreachable`.
    """
    qualified, module = str(getattr(target, "__qualname__", "")), str(getattr(target, "__module__", ""))
    reason = None
    if "<lambda>" in qualified:
        reason = "a lambda has no name to import it by"
    elif "<locals>" in qualified:
        reason = "it is made inside a function, and each call makes another"
    elif "." in qualified:
        reason = "it is inside a class, and an import target has one attribute without dots"
    elif not qualified.isascii() or not module.isascii():
        reason = "import targets are ASCII"
    if reason is not None:
        raise unreachable(f"{module}.{qualified}", reason, where)
    return ImportTarget.parse(f"{module}:{qualified}")


def target_found(instance: object, pending: ImportTarget) -> ImportTarget:
    """The target of an instance: the first public name of its module that holds it, else its first name.

    `pending`, which names the module and no attribute, while no name of the module holds it.
    """
    members = vars(sys.modules[pending.module]) if pending.module in sys.modules else {}
    names = [name for name, value in list(members.items()) if value is instance and name.isascii()]
    chosen = next((name for name in names if not name.startswith("_")), names[0] if names else None)
    return pending if chosen is None else ImportTarget(pending.module, chosen)


def unreachable(subject: str, reason: str, where: Location) -> IceError:
    """The refusal of an object that a manifest's `module:Attribute` cannot name."""
    return IceError(
        "import-target-unreachable",
        f"`{subject}` cannot be imported by name: {reason}",
        where=where,
        expected="an object that `module:Attribute` reaches, and that very object",
        found=subject,
        hints=("Define the function or class at the top level of its module, and decorate it there",),
        details={"reason": reason},
    )
