"""The numbered checks as words: a verdict for each, evidence below it, digests in one piece, nothing hostile raw."""

import pytest

from ice_cli.check_view import explained_lines, summary_lines, verified_text
from ice_core.check_list import CheckName, measured
from ice_core.check_record import CheckResult, Verdict
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject
from ice_orchestrator.verification import Verification


def result(
    name: CheckName = "json", *, number: int = 1, of: str = "", verdict: Verdict = "passed", **evidence: object
) -> CheckResult:
    """One check's result."""
    held: JsonObject = dict(evidence)  # type: ignore[arg-type]  # tests give JSON
    return CheckResult(number=number, name=name, of=of, verdict=verdict, evidence=held)


def verification(*results: CheckResult, refused: bool = False) -> Verification:
    """A verification with these results."""
    error = IceError("json-syntax", "it is not JSON", hints=()) if refused else None
    return Verification(subject="acme.json", results=results, refusal=error)


def test_a_measure_is_told_with_its_limit_and_unit() -> None:
    size = measured(1234567, limit=2**22, unit="bytes")

    assert "      size: 1,234,567 of at most 4,194,304 bytes" in explained_lines(verification(result(size=size)))


def test_a_count_has_no_unit() -> None:
    members = measured(3, limit=10_000, unit="")

    assert "      members: 3 of at most 10,000" in explained_lines(verification(result(members=members)))


def test_a_long_digest_stands_on_a_line_of_its_own() -> None:
    digest = f"sha256:{'a' * 64}"
    told = explained_lines(verification(result(manifest_of_the_bundle=digest)))

    assert ["      manifest_of_the_bundle:", f"        {digest}"] == told[-2:]


def test_a_long_list_is_broken_between_its_words() -> None:
    words: list[str] = [f"tool:component_{number}" for number in range(12)]
    told = explained_lines(verification(result(components=words)))

    assert [] == [line for line in told if len(line) > 80]
    assert ", ".join(words) == " ".join(line.strip() for line in told[4:])


def test_evidence_that_is_nothing_is_left_out() -> None:
    assert 3 == len(explained_lines(verification(result(until=None, wheels=[], note=""))))


def test_a_wheel_is_named_once_for_its_checks() -> None:
    told = explained_lines(
        verification(
            result("wheel-name", of="a.whl"),
            result("wheel-archive", number=2, of="a.whl"),
            result("wheel-name", of="b.whl"),
        )
    )

    assert 1 == told.count("      of: a.whl")
    assert 1 == told.count("      of: b.whl")


@pytest.mark.parametrize("verdict", ["passed", "refused", "not reached", "not applicable"])
def test_each_verdict_is_a_word_without_colour(verdict: Verdict) -> None:
    """Colour comes on a terminal alone, and says nothing that the word does not."""
    told = explained_lines(verification(result(verdict=verdict, because="x")))

    assert verdict in told[2]
    assert ("      because: x" in told) == (verdict != "not reached")


def test_a_refusal_is_told_with_its_place_and_slug() -> None:
    done = verification(result(), result("model", number=2, verdict="refused"), refused=True)

    assert ["REFUSED  acme.json", "      at check 2 of 2, json-syntax"] == summary_lines(done)


def test_a_passed_verification_counts_what_passed() -> None:
    done = verification(result(), result("model", number=2), result("schemas", number=3, verdict="not applicable"))

    assert ["verified  acme.json", "      2 checks passed"] == summary_lines(done)


def test_the_last_line_counts_refusals() -> None:
    good, bad = verification(result()), verification(result(verdict="refused"), refused=True)

    assert verified_text([good, good]).startswith("2 verifications, each passed;")
    assert verified_text([good, bad]).startswith("1 of 2 verifications refused;")


def test_text_from_outside_moves_no_cursor() -> None:
    done = Verification(subject="a\x1b[2Jb", results=(result(of="w\x07.whl", expected="\u202etxt"),))

    assert [] == [
        line
        for line in (*explained_lines(done)[:1], *explained_lines(done)[3:], *summary_lines(done))
        if not line.isprintable()
    ]
