"""The checks between bytes and trust, each by name and title, and who is told as each of them begins.

There is one list. Loading, installing and running go through these checks with a `Witness` that forgets everything;
`ice verify` goes through the same ones with a witness that remembers. A check that has begun and was followed by
another, or by the end, has passed; one that raised was refused.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

from ice_core.strict_json import JsonObject

CheckName = Literal[
    "home",
    "key-store",
    "file",
    "archive",
    "bundle-members",
    "bundle-wheels",
    "wheel-index",
    "first-seen",
    "wheel-name",
    "wheel-archive",
    "wheel-contents",
    "wheel-record",
    "wheel-metadata",
    "wheel-manifest",
    "json",
    "iceos-version",
    "model",
    "schemas",
    "package",
    "signed",
    "key-known",
    "key-authorised",
    "signature",
    "wheel-stored",
    "wheel-named",
    "wheel-digest",
    "wheel-package",
    "wheel-same-manifest",
    "wheel-modules",
    "wheel-top-level",
    "lock",
    "locked-wheels",
    "locked-components",
    "locked-manifest",
    "locked-signer",
    "dependency-list",
    "dependency-files",
    "dependency-added",
    "plan",
    "plan-body",
    "plan-cost",
    "plan-lock",
    "load",
    "plan-component",
    "plan-package",
]
TITLES: Final[Mapping[CheckName, str]] = MappingProxyType(
    {
        "home": "nobody else can write the home folder and these files",
        "key-store": "the key-store is yours alone, each key once",
        "file": "one regular file, read once, no link followed",
        "archive": "the archive reads in one way only, within the limits",
        "bundle-members": "the bundle holds a manifest and wheels, stored as they are",
        "bundle-wheels": "one version of one distribution, one wheel for each tag",
        "wheel-index": "the wheel index has its one form",
        "first-seen": "when it was first seen is recorded",
        "wheel-name": "the file name is that of a wheel",
        "wheel-archive": "the wheel reads in one way only, within the limits",
        "wheel-contents": "nothing in it runs by itself or stands in for others",
        "wheel-record": "RECORD lists every byte",
        "wheel-metadata": "file name, METADATA and tags agree",
        "wheel-manifest": "one manifest inside, read strictly",
        "json": "one meaning to every JSON reader, within the limits",
        "iceos-version": "this iceos is new enough",
        "model": "every member is one of plugins.v0, every component once",
        "schemas": "every schema is in the bounded subset, nothing is fetched",
        "package": "the distribution is named",
        "signed": "there is a signature",
        "key-known": "the key is in the key-store",
        "key-authorised": "the key may sign this package, then and still",
        "signature": "the signature is for these very files",
        "wheel-stored": "the wheel is there, one regular file",
        "wheel-named": "the signature names this wheel",
        "wheel-digest": "these are the bytes that were signed",
        "wheel-package": "the wheel is the distribution that the manifest names",
        "wheel-same-manifest": "the manifest inside the wheel is the signed one",
        "wheel-modules": "the wheel holds the module of every component",
        "wheel-top-level": "the wheel brings no other top-level name",
        "lock": "the lock is one that `ice lock` wrote",
        "locked-wheels": "the wheels are those that were locked",
        "locked-components": "the components are those that were locked",
        "locked-manifest": "the manifest is the one that was locked",
        "locked-signer": "the signer is the one that was locked",
        "dependency-list": "what is locked for this interpreter is known",
        "dependency-files": "every installed file is the locked wheel's",
        "dependency-added": "no module was put beside them",
        "plan": "the plan is well formed, and whole",
        "plan-body": "its schemas, conditions and references can be read, and refer to what comes before",
        "plan-cost": "its bounds of cost follow from what it says of components and nodes",
        "plan-lock": "the lock is the one that the plan was compiled with",
        "load": "every manifest that is read here is sound, none contradicts another",
        "plan-component": "the plan says of each component what its manifest says",
        "plan-package": "the plan says of each package what its manifest says",
    }
)
Evidence: TypeAlias = Callable[[], JsonObject]


class Witness:
    """Is told of each check in order; this one forgets, so that who only loads pays nothing for being seen."""

    __slots__ = ()

    def begins(self, check: CheckName, *, of: str = "") -> None:
        """The check begins, and the one before it has passed; `of` is the wheel that it is about."""

    def shows(self, evidence: Evidence) -> None:
        """What the check that began has found; called only if anybody wants to know."""

    def leaves_out(self, *checks: CheckName, because: str) -> None:
        """These checks have nothing to check here."""


UNSEEN: Final = Witness()


def measured(found: int, *, limit: int, unit: str) -> JsonObject:
    """Evidence of something that has a limit."""
    return {"found": found, "limit": limit, "unit": unit}
