"""One public key of the key-store: `keys/<public_key_id>.json`."""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

from ice_core.models.text import Instant, Text
from ice_core.models.wire import JsonArray, WireModel, matching, parse_wire
from ice_core.names import PUBLIC_KEY_ID_PATTERN
from ice_core.strict_json import JsonObject

# `*`, a package name in normalised form (PEP 503), or such a name followed by `-*`.
NAMESPACE_PATTERN: Final = r"\*|[a-z0-9]+(-[a-z0-9]+)*(-\*)?"


Namespace = Annotated[str, StringConstraints(max_length=128), matching(NAMESPACE_PATTERN)]


class KeyFile(WireModel):
    """Which key it is, the packages that it may sign, from when to when, and whether it was revoked."""

    public_key_id: Annotated[str, matching(PUBLIC_KEY_ID_PATTERN)]
    public_key: Annotated[str, StringConstraints(max_length=44)]
    namespaces: Annotated[JsonArray[Namespace], Field(min_length=1)]
    not_before: Instant | None = None
    not_after: Instant | None = None
    revoked: Instant | None = None
    comment: Text = ""


def parse_key_file(value: JsonObject, *, where: str) -> KeyFile:
    """The model of a parsed key file.

    Raises:
        IceError: `key-file-invalid`.
    """
    return parse_wire(
        KeyFile,
        value,
        slug="key-file-invalid",
        document="a key file",
        where=where,
        hints=("To write it anew, run `ice keys trust ID --fingerprint SHA256 --key FILE`",),
    )
