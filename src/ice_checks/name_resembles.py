"""`name-resembles`: no component and no distribution is called almost as another one that its users may mean."""

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from ice_checks.check import Check, Subject
from ice_checks.likeness import Likeness, alike_within
from ice_core.errors import Finding
from ice_core.names import NODE_TYPES, NodeType


def _find(subject: Subject) -> Iterator[Finding]:
    for node_type in NODE_TYPES:
        yield from _in_manifest(subject, node_type)
        yield from _among_known(subject, node_type)
    yield from _distribution(subject)


def _in_manifest(subject: Subject, node_type: NodeType) -> Iterator[Finding]:
    names = {entry.name: path for path, entry in subject.entries() if entry.node_type == node_type}
    for name, like in alike_within(names).items():
        others = ", ".join(f"`{node_type}:{other}`" for other in like)
        yield _finding(
            subject,
            f"{names[name]}.name",
            f"`{node_type}:{name}` looks like {others} of the same manifest",
            "Give one of them a name that tells them apart, then run `ice plugins export`",
        )


def _among_known(subject: Subject, node_type: NodeType) -> Iterator[Finding]:
    own = _own_distribution(subject)
    known = {
        component.name: holder
        for component, holder in subject.known_names.items()
        if component.node_type == node_type and canonicalize_name(holder) != own
    }
    likeness = Likeness(known)
    for path, entry in subject.entries():
        for other in likeness.of(entry.name) if entry.node_type == node_type else ():
            yield _finding(
                subject,
                f"{path}.name",
                f"`{entry.id}` looks like `{node_type}:{other}` of `{known[other]}`",
                "Give it a name that tells it apart, then run `ice plugins export`",
            )


def _distribution(subject: Subject) -> Iterator[Finding]:
    own = _own_distribution(subject)
    known = {canonicalize_name(holder) for holder in subject.known_names.values()}
    for other in Likeness(known).of(own) if own else ():
        yield _finding(
            subject,
            "package.name",
            f"The distribution `{own}` looks like `{other}`, which is known here",
            "Give it a name that tells it apart, before it is published under this one",
        )


def _own_distribution(subject: Subject) -> str:
    return canonicalize_name(subject.manifest.package.name) if subject.manifest.package is not None else ""


def _finding(subject: Subject, path: str, message: str, hint: str) -> Finding:
    return Finding("name-resembles", message, severity="warning", where=subject.at(path), hints=(hint,))


CHECK = Check(slug="name-resembles", severity="warning", run=_find)
