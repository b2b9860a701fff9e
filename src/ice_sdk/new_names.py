"""Names that a person gives to what is new, checked and turned into the names that Python and iceos need.

`acme-rain` is a distribution (PEP 503), `acme_rain` its import package, and `rain` its first tool.
"""

import builtins
import keyword
import re
import sys
from dataclasses import dataclass
from typing import Final

from packaging.utils import InvalidName, canonicalize_name

from ice_core.errors import IceError
from ice_core.names import MAX_NAME_LENGTH, NodeType, is_component_name
from ice_core.strict_json import printable
from ice_sdk.registry_names import registry_name

# What the templates put behind the name of an agent or a workflow, to name the tool beside it.
TOOL_SUFFIX: Final = "_words"
# Import packages that come with iceos, and folders of a project: a package of that name would hide them.
_TAKEN: Final = frozenset(
    "ice_core ice_checks ice_sdk ice_client ice_compiler ice_orchestrator ice_cli iceos pydantic src tests".split()
)
_LONGEST: Final = MAX_NAME_LENGTH - len(TOOL_SUFFIX)


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageNames:
    """One distribution, its import package, and its first tool."""

    distribution: str
    package: str
    tool: str


def package_names(text: str, *, tool: str | None = None) -> PackageNames:
    """The names of a new package.

    Args:
        text: What the person calls it: a distribution's name in any spelling.
        tool: The first tool's name; by default what stands behind the first hyphen, else the whole name.

    Raises:
        IceError: `name-unusable`.
    """
    try:
        distribution = canonicalize_name(text, validate=True)
    except InvalidName as error:
        raise _unusable(text, "is not the name of a distribution (PEP 508)", "acme-rain") from error
    package = distribution.replace("-", "_")
    if package in _TAKEN:
        raise _unusable(text, f"would hide `{package}`, which is there already", "acme-rain")
    _refuse_word(text, package, "acme-rain")
    if tool is not None:
        return PackageNames(distribution=distribution, package=package, tool=component_name(tool, "tool"))
    behind = distribution.partition("-")[2].replace("-", "_")
    usable = behind if behind and _fault(behind) is None and is_component_name(behind) else package
    return PackageNames(distribution=distribution, package=package, tool=component_name(usable, "tool"))


def component_name(text: str, node_type: NodeType) -> str:
    """The name of a new component, which is also that of its module and its function.

    Raises:
        IceError: `name-unusable`.
    """
    if not is_component_name(text) or len(text) > _LONGEST:
        words = re.sub(r"[^a-z0-9]+", "_", registry_name(text, node_type)).strip("_").lstrip("_0123456789")[:_LONGEST]
        example = words if is_component_name(words) and _fault(words) is None else "csv_reader"
        fault = f"is not lower case words joined by single underscores, at most {_LONGEST} characters"
        raise _unusable(text, fault, example)
    _refuse_word(text, text, f"{text[: _LONGEST - 6]}_table" if node_type == "tool" else f"{text}_{node_type}")
    return text


def class_name(name: str) -> str:
    """`rain_depth` as the name of a class: `RainDepth`."""
    return "".join(word.capitalize() for word in name.split("_"))


def _refuse_word(text: str, word: str, example: str) -> None:
    fault = _fault(word)
    if fault is not None:
        raise _unusable(text, fault if text == word else f"gives `{word}`, which {fault}", example)


def _fault(word: str) -> str | None:
    if not word.isidentifier():
        return "is no name that Python can import"
    if keyword.iskeyword(word) or keyword.issoftkeyword(word):
        return "is a keyword of Python"
    if word in sys.stdlib_module_names:
        return "is a module of the standard library"
    if hasattr(builtins, word):
        return "is a name that Python defines itself"
    if word.startswith("test"):
        return "begins with `test`, which pytest takes for a test"
    return None


def _unusable(text: str, fault: str, example: str) -> IceError:
    return IceError(
        "name-unusable",
        f"`{printable(text)}` {fault}",
        expected=f"a name such as {example}",
        found=printable(text),
        note="Nothing was written.",
        hints=(f"Choose another name, as in `{example}`",),
    )
