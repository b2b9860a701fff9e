"""Names as values: component ids, semantic versions and ranges, import targets; parse and print, nothing else.

Grammars: component names `[a-z][a-z0-9]*(_[a-z0-9]+)*` of at most 64 characters; versions are SemVer 2.0.0 in ASCII
digits; import targets are `module:Attribute` with one attribute and no dots in it. The patterns say so to schemas and
models; here they are read without `re`, which costs half an interpreter at each start.
"""

from __future__ import annotations

from ice_core.errors import IceError
from ice_core.strict_json import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, Literal, TypeAlias

NodeType: TypeAlias = "Literal['tool', 'agent', 'workflow']"
NODE_TYPES: Final[tuple[NodeType, ...]] = ("tool", "agent", "workflow")

COMPONENT_NAME_PATTERN: Final = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
SEMVER_PATTERN: Final = (
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?"
)
IMPORT_TARGET_PATTERN: Final = r"([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*):([A-Za-z_][A-Za-z0-9_]*)"
PUBLIC_KEY_ID_PATTERN: Final = r"[a-z0-9][a-z0-9._-]{0,63}"
MAX_NAME_LENGTH: Final = 64
MAX_VERSION_LENGTH: Final = 128

# The longer ones first, since `>` begins `>=` too.
_OPERATORS: Final = ("==", "!=", ">=", "<=", ">", "<")


def is_component_name(text: str) -> bool:
    """Whether `text` is a name that a component may have."""
    if not 0 < len(text) <= MAX_NAME_LENGTH or not text.isascii() or text != text.lower() or text[0].isdigit():
        return False
    return all(part.isalnum() for part in text.split("_"))


class ComponentId:
    """A component's (node_type, name); printed `tool:csv_reader`."""

    __slots__ = ("name", "node_type")

    def __init__(self, node_type: NodeType, name: str) -> None:
        self.node_type: NodeType = node_type
        self.name = name

    @classmethod
    def parse(cls, text: str) -> ComponentId:
        """`tool:csv_reader` as a value.

        Raises:
            IceError: `component-id-invalid`.
        """
        node_type, _, name = text.partition(":")
        if node_type not in NODE_TYPES or not is_component_name(name):
            raise IceError(
                "component-id-invalid",
                f"`{printable(text)}` is not a component id",
                expected="tool:NAME, agent:NAME or workflow:NAME, where NAME is lower case with single underscores",
                found=printable(text),
                hints=(),
            )
        return cls(node_type, name)

    def __str__(self) -> str:
        return f"{self.node_type}:{self.name}"

    def __repr__(self) -> str:
        return f"ComponentId({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComponentId) and self.name == other.name and self.node_type == other.node_type

    def __lt__(self, other: ComponentId) -> bool:
        return (self.node_type, self.name) < (other.node_type, other.name)

    def __hash__(self) -> int:
        return hash((self.node_type, self.name))


def component_id(node_type: str, name: str) -> ComponentId:
    """The id of a component whose type and name were checked before.

    Raises:
        ValueError: there is no such type.
    """
    for known in NODE_TYPES:
        if known == node_type:
            return ComponentId(known, name)
    raise ValueError(node_type)


class SemVer:
    """A version by SemVer 2.0.0; ordered by its section 11, build metadata ignored in order and kept in print."""

    __slots__ = ("build", "major", "minor", "patch", "prerelease")

    def __init__(
        self, major: int, minor: int, patch: int, *, prerelease: tuple[str, ...] = (), build: str = ""
    ) -> None:
        self.major = major
        self.minor = minor
        self.patch = patch
        self.prerelease = prerelease
        self.build = build

    @classmethod
    def parse(cls, text: str) -> SemVer:
        """`1.2.3-rc.1+build` as a value.

        Raises:
            IceError: `version-invalid`.
        """
        version = _semver(text)
        if version is None:
            raise IceError(
                "version-invalid",
                f"`{printable(text)}` is not a semantic version",
                expected="MAJOR.MINOR.PATCH, as in 1.2.3 or 2.0.0-rc.1 (SemVer 2.0.0)",
                found=printable(text),
                hints=(),
            )
        return version

    def _key(self) -> tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]:
        # SemVer 11.4: numeric identifiers are lower than alphanumeric ones; a release is higher than its prereleases.
        identifiers = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in self.prerelease)
        return (self.major, self.minor, self.patch, not self.prerelease, identifiers)

    def __str__(self) -> str:
        text = f"{self.major}.{self.minor}.{self.patch}"
        if self.prerelease:
            text += "-" + ".".join(self.prerelease)
        return f"{text}+{self.build}" if self.build else text

    def __repr__(self) -> str:
        return f"SemVer({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SemVer) and self._key() == other._key()

    def __lt__(self, other: SemVer) -> bool:
        return self._key() < other._key()

    def __le__(self, other: SemVer) -> bool:
        return self._key() <= other._key()

    def __gt__(self, other: SemVer) -> bool:
        return self._key() > other._key()

    def __ge__(self, other: SemVer) -> bool:
        return self._key() >= other._key()

    def __hash__(self) -> int:
        return hash(self._key())


def _semver(text: str) -> SemVer | None:
    if len(text) > MAX_VERSION_LENGTH or not text.isascii():
        return None
    plain = text.split(".")
    if len(plain) == 3 and _is_number(plain[0]) and _is_number(plain[1]) and _is_number(plain[2]):
        return SemVer(*map(int, plain))
    rest, has_build, build = text.partition("+")
    core, has_prerelease, prerelease = rest.partition("-")
    numbers = core.split(".")
    identifiers = prerelease.split(".") if has_prerelease else []
    sound = (
        len(numbers) == 3
        and all(map(_is_number, numbers))
        and all(_is_identifier(part) and (_is_number(part) or not part.isdigit()) for part in identifiers)
        and (not has_build or all(map(_is_identifier, build.split("."))))
    )
    if not sound:
        return None
    return SemVer(*map(int, numbers), prerelease=tuple(identifiers), build=build)


def _is_number(text: str) -> bool:
    # Of ASCII text; SemVer 2: no leading zero.
    return text.isdigit() and (text[0] != "0" or text == "0")


def _is_identifier(text: str) -> bool:
    # Of ASCII text: letters, digits and hyphens.
    return text != "" and (text.isalnum() or all(char == "-" or char.isalnum() for char in text))


class VersionRange:
    """A set of versions: comparators joined by commas, as in `>=1.2,<2`; missing parts are 0; the empty text is any.

    `<V` holds no prerelease of V unless V is itself a prerelease.
    """

    __slots__ = ("_comparators", "text")

    def __init__(self, text: str, comparators: tuple[tuple[str, SemVer], ...]) -> None:
        self.text = text
        self._comparators = comparators

    @classmethod
    def parse(cls, text: str) -> VersionRange:
        """`>=1.2,<2`, or a bare version for exactly that one.

        Raises:
            IceError: `version-range-invalid`.
        """
        pieces = [piece.strip(" ") for piece in text.split(",")] if text.strip(" ") else []
        return cls(text.strip(" "), tuple(cls._comparator(piece, text) for piece in pieces))

    @staticmethod
    def _comparator(piece: str, text: str) -> tuple[str, SemVer]:
        operator = next(filter(piece.startswith, _OPERATORS), "==")
        core = piece.removeprefix(operator).lstrip(" ")
        plain = core.isascii() and core.replace(".", "").isdigit()
        bound = _semver(core + ".0" * (2 - core.count(".")) if plain else core)
        if bound is None:
            raise IceError(
                "version-range-invalid",
                f"`{printable(text)}` is not a range of versions",
                expected="comparators joined by commas, as in >=1.2,<2",
                found=printable(text),
                hints=(),
            )
        return operator, bound

    def __contains__(self, version: SemVer) -> bool:
        return all(_holds(version, operator, bound) for operator, bound in self._comparators)

    def __str__(self) -> str:
        return self.text or "any version"


def _holds(version: SemVer, operator: str, bound: SemVer) -> bool:
    outcomes = {
        "==": version == bound,
        "!=": version != bound,
        ">=": version >= bound,
        "<=": version <= bound,
        ">": version > bound,
        "<": version < bound and not _is_prerelease_of(version, bound),
    }
    return outcomes[operator]


def _is_prerelease_of(version: SemVer, bound: SemVer) -> bool:
    # As in PEP 440: who asks for less than 2 does not want 2.0.0-rc.1; who asks for less than 2.0.0-rc.2 may.
    same = (version.major, version.minor, version.patch) == (bound.major, bound.minor, bound.patch)
    return same and not bound.prerelease


class ImportTarget:
    """Where a component's object lives: `module:Attribute`; the first dotted part is its top-level name."""

    __slots__ = ("attribute", "module")

    def __init__(self, module: str, attribute: str) -> None:
        self.module = module
        self.attribute = attribute

    @classmethod
    def parse(cls, text: str) -> ImportTarget:
        """`my_pkg.csv:CsvReader` as a value.

        Raises:
            IceError: `import-target-invalid`.
        """
        module, colon, attribute = text.partition(":")
        # In ASCII an identifier is `[A-Za-z_][A-Za-z0-9_]*`, which the empty text is not.
        names = [*module.split("."), attribute]
        if not (colon and text.isascii() and all(map(str.isidentifier, names))):
            raise IceError(
                "import-target-invalid",
                f"`{printable(text)}` is not an import target",
                expected="module:Attribute, as in my_pkg.csv:CsvReader; one attribute, no dots in it",
                found=printable(text),
                hints=(),
            )
        return cls(module, attribute)

    @property
    def top_level(self) -> str:
        """The top-level package or module that must be inside the signed wheel."""
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"

    def __repr__(self) -> str:
        return f"ImportTarget({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ImportTarget) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))
