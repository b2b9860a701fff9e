"""`import-target-missing`: the sources define what each component is imported from, as far as reading can tell.

A module with `import *` or `__getattr__`, and one that cannot be read, may define anything; a name that is bound under
a condition counts as defined.
"""

from collections.abc import Iterator
from difflib import get_close_matches
from itertools import islice

from ice_checks.check import Check, Subject
from ice_checks.source.tree import SourceModule
from ice_checks.wheel_refusals import refusals
from ice_core.errors import Finding
from ice_core.models.plugins import ComponentEntry
from ice_core.names import ImportTarget
from ice_core.wheel_agreement import check_modules

MAX_NEAR = 3


def _find(subject: Subject) -> Iterator[Finding]:
    yield from _not_in_wheels(subject)
    yield from _not_in_sources(subject)


def _not_in_wheels(subject: Subject) -> Iterator[Finding]:
    for _, refused in refusals(subject, "import-target-missing", lambda wheel: check_modules(wheel, subject.manifest)):
        refused.where = subject.at(refused.where.path if refused.where is not None else "components")
        yield refused


def _not_in_sources(subject: Subject) -> Iterator[Finding]:
    if not any(True for _ in subject.tree):
        # Of a manifest without its sources nothing can be said.
        return
    # A compiled module has no source, and is in the wheel.
    built = {name for wheel in subject.wheels for name in wheel.modules}
    for path, entry in subject.entries():
        target = ImportTarget.parse(entry.import_)
        module = subject.tree.module(target.module)
        if module is not None and not _may_define(subject, module, target.attribute):
            yield _finding(
                subject,
                path,
                entry,
                f"`{target.module}` defines no `{target.attribute}`",
                [*_near_in(subject, module, target.attribute), *_elsewhere(subject, module, target.attribute)],
            )
        elif target.module not in subject.tree and target.module not in built:
            near = get_close_matches(target.module, [*subject.tree], n=MAX_NEAR)
            yield _finding(
                subject,
                path,
                entry,
                f"`{entry.id}` is imported from `{target.module}`, which is not among the sources",
                [
                    f"`{name}` is {subject.tree.path_of(name)}; did you mean `{name}:{target.attribute}`?"
                    for name in near
                ],
            )


def _may_define(subject: Subject, module: SourceModule, attribute: str) -> bool:
    bound = module.names.scope.bindings
    if attribute in bound or "__getattr__" in bound or module.names.stars:
        return True
    return f"{module.name}.{attribute}" in subject.tree


def _near_in(subject: Subject, module: SourceModule, attribute: str) -> Iterator[str]:
    bound = module.names.scope.bindings
    for name in get_close_matches(attribute, bound, n=MAX_NEAR):
        yield _meant(subject, module, name)


def _elsewhere(subject: Subject, module: SourceModule, attribute: str) -> Iterator[str]:
    """Where else in the distribution something of this name is defined, and not only imported."""
    others = (subject.tree.module(name) for name in subject.tree if name != module.name)
    found = (
        _meant(subject, other, attribute)
        for other in others
        if other is not None
        and any(binding.imported is None for binding in other.names.scope.bindings.get(attribute, ()))
    )
    yield from islice(found, MAX_NEAR)


def _meant(subject: Subject, module: SourceModule, name: str) -> str:
    line = module.names.scope.bindings[name][0].line
    place = f"{subject.tree.path_of(module.name)}:{line}"
    return f"`{name}` is defined at {place}; did you mean `{module.name}:{name}`?"


def _finding(subject: Subject, path: str, entry: ComponentEntry, message: str, hints: list[str]) -> Finding:
    return Finding(
        "import-target-missing",
        message,
        where=subject.at(f"{path}.import"),
        found=entry.import_,
        hints=hints or ["To write the manifest anew, run `ice plugins export --output plugins.json`"],
        details={"component": str(entry.id), "import": entry.import_, "length": len(entry.import_) + 2},
    )


CHECK = Check(slug="import-target-missing", severity="error", run=_find)
