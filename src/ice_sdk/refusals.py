"""Refusals of several findings: gathered, then told as one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ice_core.errors import Finding, IceError

# EX_IOERR of sysexits.h: what the discovery process ends with when the disk takes nothing more.
DISK_FULL: Final = 74


def refusal_of(findings: Sequence[Finding]) -> IceError:
    """One error for findings of a kind: it says the first in order of place, and carries all when there are several."""
    first = min(findings, key=Finding.sort_key)
    return IceError(
        first.slug,
        first.message,
        where=first.where,
        expected=first.expected,
        found=first.found,
        note=first.note,
        hints=first.hints,
        details=first.details,
        findings=findings if len(findings) > 1 else (),
    )


def refusal_in(findings: Sequence[Finding], components: int) -> IceError:
    """One error for findings about so many components, told by their number where the first cannot speak for all."""
    error = refusal_of(findings)
    if error.findings and components > 1:
        error.finding.message = f"{len(findings)} findings in {components} components; nothing was described"
    return error


@contextmanager
def gathered(findings: list[Finding]) -> Iterator[None]:
    """Keeps a refusal's findings for later instead of raising it, so that all are told at once."""
    try:
        yield
    except IceError as error:
        findings.extend(error.findings or (error.finding,))


class DeclarationRefusals:
    """What decorators refuse in this process: raised at once, or kept while somebody wants all of them."""

    def __init__(self) -> None:
        self.kept: list[Finding] | None = None

    @contextmanager
    def told(self) -> Iterator[None]:
        """Lets a refusal of the block through, or keeps its findings."""
        try:
            yield
        except IceError as error:
            if self.kept is None:
                raise
            self.kept.extend(error.findings or (error.finding,))


DECLARATION_REFUSALS: Final = DeclarationRefusals()
