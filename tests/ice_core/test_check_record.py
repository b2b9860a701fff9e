"""The record of a verification: verdicts follow from which check had begun when it ended."""

from ice_core.check_list import TITLES, UNSEEN, CheckName, measured
from ice_core.check_record import CheckResult, Recorder
from ice_core.errors import IceError
from ice_core.strict_json import JsonObject

ROUTE: tuple[CheckName, ...] = ("file", "json", "signature", "wheel-digest", "wheel-record")


def verdicts(results: tuple[CheckResult, ...]) -> list[tuple[int, str, str, str]]:
    """Number, name, subject and verdict of each."""
    return [(each.number, each.name, each.of, each.verdict) for each in results]


def refusal() -> IceError:
    """Some refusal."""
    return IceError("wheel-digest-mismatch", "it differs", expected="a", found="b", hints=())


def test_what_has_begun_and_was_followed_by_an_end_has_passed() -> None:
    recorder = Recorder(ROUTE)
    recorder.begins("file")
    recorder.shows(lambda: {"size": measured(3, limit=4, unit="bytes")})
    recorder.begins("json")

    results = recorder.results(None)

    assert [(1, "file", "", "passed"), (2, "json", "", "passed")] == verdicts(results)
    assert {"size": {"found": 3, "limit": 4, "unit": "bytes"}} == results[0].evidence
    assert TITLES["json"] == results[1].title


def test_the_check_that_raised_is_refused_and_those_after_it_are_not_reached() -> None:
    recorder = Recorder(ROUTE)
    recorder.begins("file")
    recorder.begins("json")

    results = recorder.results(refusal())

    assert [
        (1, "file", "", "passed"),
        (2, "json", "", "refused"),
        (3, "signature", "", "not reached"),
        (4, "wheel-digest", "", "not reached"),
        (5, "wheel-record", "", "not reached"),
    ] == verdicts(results)
    assert {"slug": "wheel-digest-mismatch", "expected": "a", "found": "b"} == results[1].evidence


def test_the_second_wheel_has_the_numbers_of_the_first() -> None:
    recorder = Recorder(ROUTE)
    for wheel in ("a.whl", "b.whl"):
        recorder.begins("wheel-digest", of=wheel)
        if wheel == "a.whl":
            recorder.begins("wheel-record", of=wheel)

    results = recorder.results(refusal())

    assert [
        (4, "wheel-digest", "a.whl", "passed"),
        (4, "wheel-digest", "b.whl", "refused"),
        (5, "wheel-record", "a.whl", "passed"),
        (5, "wheel-record", "b.whl", "not reached"),
    ] == verdicts(results)


def test_what_has_nothing_to_check_says_why() -> None:
    recorder = Recorder(ROUTE)
    recorder.begins("file")
    recorder.leaves_out("wheel-digest", "wheel-record", because="there is no wheel")

    results = recorder.results(None)

    assert {"not applicable"} == {each.verdict for each in results[1:]}
    assert {"because": "there is no wheel"} == results[1].evidence


def test_a_refusal_before_any_check_is_one_of_the_first() -> None:
    assert "refused" == Recorder(ROUTE).results(refusal())[0].verdict


def test_a_check_that_begins_again_is_one_check() -> None:
    recorder = Recorder(ROUTE)
    recorder.begins("file")
    recorder.begins("json")
    recorder.begins("file")

    assert ["refused", "passed"] == [each.verdict for each in recorder.results(refusal())[:2]]


def test_the_witness_of_an_ordinary_load_asks_for_no_evidence() -> None:
    asked: list[int] = []

    def evidence() -> JsonObject:
        asked.append(1)
        return {}

    UNSEEN.begins("file")
    UNSEEN.shows(evidence)
    UNSEEN.leaves_out("json", because="")

    assert [] == asked


def test_a_result_is_told_to_programs_with_its_title() -> None:
    recorder = Recorder(ROUTE)
    recorder.begins("file")

    assert [
        {
            "number": 1,
            "check": "file",
            "of": None,
            "title": TITLES["file"],
            "verdict": "passed",
            "evidence": {},
        }
    ] == [each.to_json() for each in recorder.results(None)]
