"""`wheel-holds-tests`: tests are for who builds a distribution, not for everyone who installs it."""

import re
from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.source.places import listed_places
from ice_core.errors import Finding, Location

# A module called `tests` alone may be anything; beside files that a test runner collects it is not.
_TEST = re.compile(r"(.*/)?(conftest|test_\w+|\w+_test)\.py")
_FOLDER = re.compile(r"((?:.*/)?tests?)/.*")


def _find(subject: Subject) -> Iterator[Finding]:
    for wheel in subject.wheels:
        tests = [name for name in wheel.archive.names if _TEST.fullmatch(name) and _is_test(name)]
        if not tests:
            continue
        folders = sorted({match[1] for match in map(_FOLDER.fullmatch, tests) if match is not None})
        yield Finding(
            "wheel-holds-tests",
            f"`{wheel.filename}` holds {len(tests)} test file{'s' if len(tests) > 1 else ''}",
            severity="warning",
            where=Location(wheel.filename),
            detail=listed_places(tests),
            hints=(f"Leave `{(folders or tests)[0]}` out of the wheel, in the build settings of pyproject.toml",),
        )


def _is_test(name: str) -> bool:
    return name.rpartition("/")[2] == "conftest.py" or _FOLDER.fullmatch(name) is not None


CHECK = Check(slug="wheel-holds-tests", severity="warning", run=_find)
