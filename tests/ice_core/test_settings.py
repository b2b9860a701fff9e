"""`--no-dynamic` as a setting: who may turn it on, and that nothing is guessed."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_core.errors import IceError
from ice_core.settings import may_have_table, no_dynamic_setting, trusted_keys_setting


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("argument", "environment", "text", "expected"),
    [
        (None, None, "", False),
        (None, "1", "", True),
        (None, "true", "", True),
        (None, "TRUE", "", True),
        (None, "0", "", False),
        (None, "false", "", False),
        (None, "", "", False),
        (None, None, "[tool.iceos]\nno_dynamic = true", True),
        (None, None, "[tool.iceos]\nno_dynamic = false", False),
        (None, None, "[tool.other]\nno_dynamic = true", False),
        (True, "0", "", True),
        (False, "1", "[tool.iceos]\nno_dynamic = true", False),
    ],
)
def test_an_argument_decides_and_else_environment_or_project(
    tmp_path: Path, argument: bool | None, environment: str | None, text: str, expected: bool
) -> None:
    environ = {} if environment is None else {"ICEOS_NO_DYNAMIC": environment}

    assert expected is no_dynamic_setting(argument=argument, environ=environ, project=project(tmp_path, text))


def test_the_environment_does_not_turn_off_what_the_project_turned_on(tmp_path: Path) -> None:
    strict = project(tmp_path, "[tool.iceos]\nno_dynamic = true")

    assert no_dynamic_setting(argument=None, environ={"ICEOS_NO_DYNAMIC": "0"}, project=strict)


def test_a_folder_without_a_project_sets_nothing(tmp_path: Path) -> None:
    assert not no_dynamic_setting(argument=None, environ={}, project=tmp_path)
    assert not no_dynamic_setting(argument=None, environ={}, project=None)


@pytest.mark.parametrize("text", ["yes", "on", "2", " 1", "True!", "no"])
def test_a_value_that_means_nothing_is_refused_even_beside_an_argument(text: str) -> None:
    with pytest.raises(IceError) as caught:
        no_dynamic_setting(argument=True, environ={"ICEOS_NO_DYNAMIC": text}, project=None)

    assert "setting-invalid" == caught.value.slug
    assert "1, true, 0 or false" == caught.value.finding.expected
    assert text == caught.value.finding.found


@pytest.mark.parametrize(
    "text",
    [
        "[tool.iceos]\nno_dynamic = 'true'",
        "[tool.iceos]\nno_dynamic = 1",
        "[tool]\niceos = 'strict'",
        "tool = 3 # iceos",
        "[tool.iceos",
        "[tool.iceos\n",
        "tool.iceos",
        'tool."iceos" = 1',
        'tool."\\u0069ceos" = 1',
        "[tool.iceos]\0",
        "[[tool.iceos]]\nno_dynamic = true",
    ],
)
def test_a_project_that_cannot_be_read_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(IceError) as caught:
        no_dynamic_setting(argument=None, environ={}, project=project(tmp_path, text))

    assert "setting-invalid" == caught.value.slug
    assert "pyproject.toml" in str(caught.value.where)


@pytest.mark.parametrize(
    "text", ["tool = 3", "[tool", "not TOML", '[project]\ndependencies = ["iceos>=1", "iceos-text"]']
)
def test_a_project_that_does_not_name_the_table_says_nothing(tmp_path: Path, text: str) -> None:
    """Whether it is TOML at all is for whoever reads it; a project around it still counts."""
    assert not no_dynamic_setting(argument=None, environ={}, project=project(tmp_path, text))
    (tmp_path / "inside").mkdir()
    inside = project(tmp_path / "inside", text)
    project(tmp_path, "[tool.iceos]\nno_dynamic = true")

    assert no_dynamic_setting(argument=None, environ={}, project=inside)


WORDS = ["iceos", '"iceos"', "'iceos'", '"\\u0069ceos"', '"\\U00000069ceos"', "iceosx", "x-iceos", "tool", "a"]
PUNCTUATION = [
    ".",
    " . ",
    "[",
    "]",
    "[[",
    "]]",
    "=",
    " = ",
    "\n",
    "\r\n",
    "{",
    "}",
    ",",
    "#",
    "1",
    '"iceos>=1"',
    '"',
    "'",
]
DOCUMENTS = [
    "[tool.iceos]",
    "[ tool . iceos ]",
    "[tool]\niceos={}",
    "[tool]\r\niceos . a=1",
    "tool={iceos={}}",
    "tool={ a=1,iceos={} }",
    "tool={'iceos'={}}",
    '["tool"."iceos"]',
    '["tool"."\\u0069ceos"]',
    "tool.iceos.no_dynamic=true",
    "[[tool.iceos]]",
]


@given(st.lists(st.sampled_from([*WORDS, *PUNCTUATION]), max_size=12).map("".join))
def test_a_document_with_the_table_is_always_parsed(text: str) -> None:
    """However TOML lets its name be written."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    tool = document.get("tool")

    assert may_have_table(text) or not (isinstance(tool, dict) and "iceos" in tool)


@pytest.mark.parametrize("text", DOCUMENTS)
def test_each_way_to_write_the_table_is_seen(text: str) -> None:
    """The ways that the TOML specification shows."""
    assert "iceos" in tomllib.loads(text)["tool"]
    assert may_have_table(text)


@pytest.mark.parametrize(
    "text",
    ["[tool.iceosx]", "[tool.my-iceos]", '["iceos>=1"]', '["iceos[client]"]', "iceos_text = 1", "# all of eiceos", ""],
)
def test_a_name_that_only_contains_the_tables_is_passed_over(text: str) -> None:
    """A package that depends on iceos is not parsed at each start."""
    assert not may_have_table(text)


def test_a_project_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_bytes(b"[tool.iceos]\n# \xff")

    with pytest.raises(IceError, match="setting-invalid"):
        no_dynamic_setting(argument=None, environ={}, project=tmp_path)


PIN = "sha256:" + "0a" * 32


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("[tool.iceos]\nno_dynamic = true", None),
        (f'[tool.iceos]\ntrusted_keys = ["{PIN}"]', frozenset((PIN,))),
    ],
)
def test_a_project_pins_the_keys_that_count(tmp_path: Path, text: str, expected: frozenset[str] | None) -> None:
    assert expected == trusted_keys_setting(project(tmp_path, text))


def test_without_a_project_no_keys_are_pinned(tmp_path: Path) -> None:
    assert (None, None) == (trusted_keys_setting(None), trusted_keys_setting(tmp_path))


@pytest.mark.parametrize(
    "value",
    [
        "[]",
        '""',
        f'"{PIN}"',
        "[1]",
        "true",
        "{}",
        f'["{PIN.upper()}"]',
        f'["{PIN[7:]}"]',
        f'["{PIN} "]',
        '["acme-2026"]',
    ],
)
def test_pins_that_are_no_fingerprints_are_refused_rather_than_passed_over(tmp_path: Path, value: str) -> None:
    with pytest.raises(IceError) as caught:
        trusted_keys_setting(project(tmp_path, f"[tool.iceos]\ntrusted_keys = {value}"))

    assert "setting-invalid" == caught.value.slug
    assert "tool.iceos.trusted_keys" in str(caught.value.where)


def test_a_folder_inside_a_project_is_as_strict_as_the_project(tmp_path: Path) -> None:
    """The nearest pyproject.toml that has the table speaks; one without it is passed over."""
    project(tmp_path, f'[tool.iceos]\nno_dynamic = true\ntrusted_keys = ["{PIN}"]')
    inside = tmp_path / "sub" / "deeper"
    inside.mkdir(parents=True)
    project(tmp_path / "sub", "[tool.other]")

    assert no_dynamic_setting(argument=None, environ={}, project=inside)
    assert frozenset((PIN,)) == trusted_keys_setting(inside)


def test_a_repository_of_its_own_is_not_of_the_project_around_it(tmp_path: Path) -> None:
    project(tmp_path, "[tool.iceos]\nno_dynamic = true")
    (tmp_path / "sub" / ".git").mkdir(parents=True)

    assert not no_dynamic_setting(argument=None, environ={}, project=tmp_path / "sub")
