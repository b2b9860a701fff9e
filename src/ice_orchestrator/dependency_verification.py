"""The third-party packages of a lock through the comparison that a strict run makes, all of their files at once."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from ice_core.check_list import CheckName, Witness
from ice_core.dependency_files import Dependency, added_modules, dependencies_of, refuse_all
from ice_core.home import Home
from ice_core.installed_distributions import installed_distributions
from ice_core.models.lock import Lock
from ice_core.strict_json import JsonObject
from ice_orchestrator.audit_dependencies import dependency_findings
from ice_orchestrator.verification import Verification, recorded

DEPENDENCY_ROUTE: Final[tuple[CheckName, ...]] = ("dependency-list", "dependency-files", "dependency-added")


def verify_dependencies(lock: Lock, *, where: str, home: Home, search_path: Sequence[str]) -> Verification:
    """Each third-party package that a lock pins for this interpreter, as it is installed; every file is hashed."""

    def verify(witness: Witness) -> None:
        witness.begins("dependency-list")
        here = dependencies_of(lock, home=home, installed=installed_distributions(search_path))
        witness.shows(lambda: {"packages": [each.title for each in here]})
        for each in here:
            witness.begins("dependency-files", of=each.title)
            _refuse_other(each)
            hashed = len(each.files.files) if each.files is not None else 0
            witness.shows(partial(_hashed, hashed))
        witness.begins("dependency-added")
        refuse_all([*added_modules(here)])
        witness.shows(lambda: {"modules beside the locked ones": "none"})

    subject = f"third-party packages of {where}"
    return recorded(subject, DEPENDENCY_ROUTE, verify, mend="To install what is locked, run `ice install`")


def _hashed(files: int) -> JsonObject:
    return {"files hashed": files}


def _refuse_other(dependency: Dependency) -> None:
    findings = [*dependency_findings(dependency)]
    for finding in findings:
        # What is missing stops no audit, and is no verified package either.
        finding.severity = "error"
    refuse_all(findings)
