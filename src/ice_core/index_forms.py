"""The forms of what a local index holds, for type checkers: no start imports this module."""

from typing import TypeAlias, TypedDict

# Times of content and of status in nanoseconds, inode, size, mode and owner; None: it is not there.
Stamp: TypeAlias = tuple[int, int, int, int, int, int] | None
# Node type, name, version, number of the package, import target, component digest, offset, length of the canonical
# bytes, length and SHA-256 of the entry as it was written, which follows them.
Row: TypeAlias = tuple[str, str, str, int, str, bytes, int, int, int, bytes]
# Name, stamp.
Stamped: TypeAlias = tuple[str, Stamp]
# Fingerprint, the key's bytes, not before and not after in microseconds since 1970.
SignerForm: TypeAlias = tuple[bytes, bytes, int | None, int | None]


class HeadForm(TypedDict):
    """What the head holds."""

    snapshot: bytes
    places: tuple[Stamped, ...]
    key_files: tuple[Stamped, ...]
    limits: tuple[tuple[str, int], ...]
    signers: dict[str, SignerForm]
    unsigned: int
    components: int
    buckets: int
    packages: int
    folders: tuple[Stamped, ...]


class PackageForm(TypedDict):
    """What is kept of one manifest; the verdict on it."""

    kind: str
    file: str
    files: tuple[Stamped, ...]
    digest: bytes
    signer: str | None
    signature: str
    wheels: tuple[tuple[str, bytes], ...]
    first_seen: int | None
    name: str | None
    version: str | None
    distribution: str | None
    components: int
