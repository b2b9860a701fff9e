"""Which extra brings a module, by the names of distributions alone."""

import pytest

from ice_sdk.optional_dependencies import extra_bringing, read_extras

TABLE = {
    "yaml": ["PyYAML>=6"],
    "docs": ["python_docx[more]~=1.0 ; python_version > '3'", "beautifulsoup4"],
    "cloud": ["google.cloud-storage", "boto3 @ https://files.invalid/boto3.whl"],
    "images": ["Pillow", "opencv-python"],
    "all": ["pyyaml", "Pillow", "boto3"],
    "broken": ["not a requirement ((", 3],
    "odd": "pyyaml",
}


@pytest.mark.parametrize(
    ("module", "extra"),
    [
        ("yaml", "yaml"),
        ("yaml.nodes", "yaml"),
        ("docx", "docs"),
        ("bs4", "docs"),
        ("google.cloud.storage", "cloud"),
        ("boto3.session", "cloud"),
        ("PIL", "images"),
        ("cv2", "images"),
        ("other", None),
        ("", None),
    ],
)
def test_the_smallest_extra_that_brings_a_module_is_named(module: str, extra: str | None) -> None:
    assert extra == extra_bringing(module, read_extras(TABLE))


def test_extras_of_several_tables_are_read_together() -> None:
    extras = read_extras({"a": ["one"]}, None, {"a": ["two"], "b": []}, "no table")

    assert {"a": {"one", "two"}, "b": set()} == extras


def test_an_installed_distribution_is_found_by_its_metadata() -> None:
    """`ruamel.yaml` and `docstring_parser` are there; their metadata says what they bring."""
    assert "x" == extra_bringing("docstring_parser", read_extras({"x": ["docstring-parser"]}))
    assert "x" == extra_bringing("_pytest", read_extras({"x": ["pytest"]}))
