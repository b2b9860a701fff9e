"""The page of formats names every reason for which bytes are refused, and no other."""

import ast
import re
from pathlib import Path

from ice_core.archive_limits import LIMITS
from ice_core.error_codes import ERROR_CODES
from tests.house.tree import ROOT, SOURCE

PAGE = (ROOT / "docs" / "reference" / "formats.md").read_text("utf-8")
MODULES = (
    "archive_headers",
    "archive_limits",
    "archives",
    "bundles",
    "signing",
    "wheel_contents",
    "wheel_agreement",
    "wheel_files",
    "wheel_metadata",
    "wheels",
)
# The last column of each table whose rows say what is refused.
ROWS = re.findall(r"^\|[^|]+\|([^|\n]+)\|([^|\n]+)\|$", PAGE, re.MULTILINE)
KEBAB = re.compile(r"[a-z]+(-[a-z0-9]+)*")


def strings_of(module: str) -> set[str]:
    """The strings in a module's code that have the form of a reason."""
    tree = ast.parse(Path(SOURCE / "ice_core" / f"{module}.py").read_text("utf-8"))
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {text for text in found if KEBAB.fullmatch(text)}


def reasons_given() -> set[str]:
    """What the code hands over as a reason: the second argument of a refusal, `reason=` and `{"reason": ...}`."""
    given = {text for text in strings_of("member_names") if text.startswith("name-")}
    for module in (*MODULES, "wheel_rewriting", "member_names"):
        tree = ast.parse(Path(SOURCE / "ice_core" / f"{module}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            places: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "refuse" in node.func.id:
                places += node.args[1:2]
            if isinstance(node, ast.Call):
                places += [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
            if isinstance(node, ast.Dict):
                places += [
                    value
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant) and key.value == "reason"
                ]
            for place in places:
                for each in ast.walk(place):
                    if isinstance(each, ast.Constant) and isinstance(each.value, str) and KEBAB.fullmatch(each.value):
                        given.add(each.value)
    return given


def test_every_reason_that_the_code_gives_is_on_the_page() -> None:
    named = set(re.findall(r"`([^`]+)`", PAGE))

    assert set() == reasons_given() - named


def test_every_reason_on_the_page_is_in_the_code() -> None:
    said = {reason for _, column in ROWS for reason in re.findall(r"`([^`]+)`", column) if KEBAB.fullmatch(reason)}
    code = set().union(*(strings_of(module) for module in (*MODULES, "wheel_rewriting", "member_names")))

    assert "crc" in said
    assert set() == said - code


def test_every_slug_on_the_page_is_in_the_table() -> None:
    said = {slug for column, _ in ROWS for slug in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", column)}

    assert {"archive-ambiguous", "wheel-record-mismatch", "signature-malformed"} < said
    assert set() == said - ERROR_CODES.keys()


def test_the_bounds_on_the_page_are_those_of_the_code() -> None:
    bounds = {
        "archive-size": f"{LIMITS.max_bytes >> 20} MiB",
        "member-count": f"{LIMITS.max_members:,}",
        "member-size": f"{LIMITS.max_member_bytes >> 20} MiB",
        "total-size": f"{LIMITS.max_total_bytes >> 20} MiB",
        "ratio": f"{LIMITS.max_ratio} to 1",
    }
    said = {reason.strip(" `"): value.strip() for value, reason in ROWS}

    assert bounds == {reason: said[reason] for reason in bounds}
