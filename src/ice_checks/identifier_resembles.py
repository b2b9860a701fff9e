"""`identifier-resembles`: no identifier of the sources looks like another one that is spelt in ASCII letters."""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.source.characters import confusable_identifiers
from ice_checks.source.places import listed_places
from ice_core.errors import Finding, Location
from ice_core.strict_json import printable


def _find(subject: Subject) -> Iterator[Finding]:
    for file, data in subject.tree.texts():
        names = list(confusable_identifiers(data))
        if not names:
            continue
        first = names[0]
        yield Finding(
            "identifier-resembles",
            f"`{printable(first.text)}` looks like `{first.shown}` and is another name",
            severity="warning",
            where=Location(file, line=first.line, column=first.column),
            expected=first.shown,
            found=first.text.encode("unicode_escape").decode("ascii"),
            detail=listed_places([f"{file}:{each.line}:{each.column}  looks like {each.shown}" for each in names[1:]]),
            hints=("Write the identifier in ASCII letters, or in letters that look like no ASCII one",),
            details={"length": len(first.text)},
        )


CHECK = Check(slug="identifier-resembles", severity="warning", run=_find)
