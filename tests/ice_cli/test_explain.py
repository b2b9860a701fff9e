"""`ice explain`: one slug, all slugs, and a slug that does not exist."""

import json

import pytest

from ice_cli.main import run
from ice_core.error_codes import ERROR_CODES


def test_a_slug_is_explained_with_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    """The page says what the slug means, who raises it and what to do."""
    assert run(["explain", "digest-invalid"]) == 0
    assert capsys.readouterr().out == (
        "digest-invalid (formats, exit code 1)\n"
        "\n"
        "A digest is written `sha256:` and 64 lower-case hexadecimal digits; a shortened\n"
        "one identifies nothing.\n"
        "\n"
        "To mend it: Copy the digest whole.\n"
    )


def test_a_rule_of_lint_is_explained_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """One that it fires on and one that it does not, ready to copy."""
    assert run(["explain", "description-missing"]) == 0

    assert capsys.readouterr().out == (
        "description-missing (checks, exit code 1)\n"
        "\n"
        "A component does not say what it does; neither people nor search find it.\n"
        "\n"
        "To mend it: Write a docstring at its decorator and export again.\n"
        "\n"
        "Fires on:\n"
        "\n"
        "    @tool\n"
        "    def to_celsius(fahrenheit: float) -> float:\n"
        "        return (fahrenheit - 32) / 1.8\n"
        "\n"
        "Does not fire on:\n"
        "\n"
        "    @tool\n"
        "    def to_celsius(fahrenheit: float) -> float:\n"
        '        """Convert a temperature from degrees Fahrenheit."""\n'
        "        return (fahrenheit - 32) / 1.8\n"
    )


def test_json_holds_the_same_row(capsys: pytest.CaptureFixture[str]) -> None:
    """Programs get the table's row."""
    assert run(["explain", "usage", "--json"]) == 0

    row = json.loads(capsys.readouterr().out)
    assert row["slug"] == "usage"
    assert row["exit_code"] == 2
    assert row["mend"] == ERROR_CODES["usage"].mend
    assert row["example_bad"] is row["example_good"] is None


def test_without_a_slug_every_slug_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """The listing is the table, sorted."""
    assert run(["explain"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(ERROR_CODES)

    assert run(["explain", "--json"]) == 0
    assert [row["slug"] for row in json.loads(capsys.readouterr().out)] == sorted(ERROR_CODES)


def test_an_unknown_slug_names_those_that_look_like_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the finger is met with the slug that was meant."""
    assert run(["explain", "digest-invald", "--json"]) == 1
    assert "slug-unknown" == json.loads(capsys.readouterr().out)["error"]["slug"]
    assert run(["explain", "digest-invald"]) == 1
    assert capsys.readouterr().err == (
        "error[slug-unknown]: `digest-invald` is not an error slug\n"
        "\n"
        "hint: `digest-invalid` is one; did you mean that?\n"
        "hint: To list all of them, run `ice explain`\n"
    )


def test_a_slug_like_no_other_is_told_without_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    """Under `--json` the refusal is the document."""
    assert run(["explain", "zebra", "--json"]) == 1

    error = json.loads(capsys.readouterr().out)["error"]
    assert error["slug"] == "slug-unknown"
    assert error["hints"] == ["To list all of them, run `ice explain`"]
