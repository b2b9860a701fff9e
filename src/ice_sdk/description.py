"""One component as its manifest would hold it, without an export."""

from typing import Final

from ice_core.names import SemVer
from ice_core.strict_json import JsonObject
from ice_sdk.declared import Declared
from ice_sdk.entries import describe_all
from ice_sdk.project import version_near

# A component that runs before any release of its distribution is known; lower than every release.
UNRELEASED: Final = SemVer.parse("0.0.0-unreleased")


def describe(declared: Declared) -> JsonObject:
    """`{"component": entry, "schemas": {...}}` of one component, without an export.

    The version is the decorator's, else that of the project around the file, else `0.0.0-unreleased`.

    Raises:
        IceError: As `describe_all`.
    """
    described = describe_all([declared], version=version_near(declared.file) or UNRELEASED)
    return {"component": described.entries[0], "schemas": described.schemas}
