"""Wheels of popular projects, as they are published: the gate reads each, or names the rule that it breaks."""

import subprocess
import sys
from pathlib import Path

import pytest

from ice_core.archives import read_archive
from ice_core.errors import IceError
from tests.house.tree import ROOT

PURE = (
    "anyio attrs boto3 botocore certifi click django flask fsspec httpcore httpx idna itsdangerous jinja2 mpmath "
    "networkx packaging pip pluggy pygments pytest python-dateutil pytz requests rich s3transfer setuptools six "
    "sniffio sympy tqdm typer urllib3 werkzeug wheel"
).split()
COMPILED = "charset-normalizer cryptography lxml markupsafe numpy orjson pandas pillow pydantic-core pyyaml".split()
PLATFORMS = ("manylinux_2_28_x86_64", "win_amd64", "macosx_11_0_arm64")
# What builders of compiled wheels write, and a plugin wheel may not hold; `ice publish` writes such a wheel anew.
FOLDERS = "name-folder"


def downloaded(names: list[str], folder: Path, *options: str) -> list[Path]:
    """The newest wheel of each, from the index that pip is configured with."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    command = [str(folder / "venv" / "bin" / "pip"), "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*command, *options, "--dest", str(folder / "wheels"), *names], check=True)
    return sorted((folder / "wheels").glob("*.whl"))


def reason(path: Path, *, foreign: bool) -> str:
    """Why the archive is refused; nothing when it is read, every member of it."""
    try:
        archive = read_archive(path.read_bytes(), where=path.name, foreign=foreign)
        for name in archive.names:
            archive.read(name)
    except IceError as error:
        return str(error.finding.details["reason"])
    return ""


@pytest.mark.soak
def test_the_wheels_of_pure_projects_pass(tmp_path: Path) -> None:
    wheels = downloaded(PURE, tmp_path)

    assert len(PURE) == len(wheels) >= 30
    assert {} == {path.name: found for path in wheels if (found := reason(path, foreign=False))}


@pytest.mark.soak
@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_wheels_of_compiled_projects_pass_or_hold_folders(tmp_path: Path, platform: str) -> None:
    """As somebody else's wheels all of them are read; as plugin wheels those are refused that hold folder entries."""
    wheels = downloaded(COMPILED, tmp_path, "--platform", platform, "--python-version", "3.11")
    found = {path.name: reason(path, foreign=False) for path in wheels}

    assert len(COMPILED) == len(wheels) >= 10
    assert {"", FOLDERS} >= {*found.values()}
    assert {""} == {reason(path, foreign=True) for path in wheels}


def test_the_reason_is_on_the_page_of_formats() -> None:
    assert f"`{FOLDERS}`" in (ROOT / "docs" / "reference" / "formats.md").read_text("utf-8")
