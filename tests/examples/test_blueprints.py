"""The blueprints: two compile and run signed and strict, one shows two findings."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from ice_compiler.compiler import Compilation, compile_blueprint
from ice_core.unified_registry import load_plugins
from tests.builders.homes import make_home
from tests.examples.packages import BLUEPRINTS, DATA, NAMES, manifest_of, python


def compiled(name: str, tmp_path: Path) -> Compilation:
    registry = load_plugins(*map(manifest_of, NAMES), home=make_home(tmp_path / "home").root, no_dynamic=False)
    return compile_blueprint((BLUEPRINTS / name).read_bytes(), where=name, registry=registry)


def ran(blueprint: str, inputs: dict[str, str], tmp_path: Path) -> dict[str, object]:
    program = python("-m", "tests.examples.run_blueprint", str(tmp_path), blueprint, json.dumps(inputs))

    assert 0 == program.returncode, program.stderr
    result: dict[str, object] = json.loads(program.stdout)
    return result


@pytest.mark.parametrize("name", ["weather.yaml", "page_digest.yaml"])
def test_a_blueprint_compiles_without_a_finding(name: str, tmp_path: Path) -> None:
    compilation = compiled(name, tmp_path)

    assert () == compilation.findings
    assert compilation.plan is not None


def test_the_broken_blueprint_shows_all_its_faults_at_once(tmp_path: Path) -> None:
    compilation = compiled("broken.yaml", tmp_path)

    assert compilation.plan is None
    assert ["edge-type-mismatch", "component-unknown"] == [finding.slug for finding in compilation.findings]
    assert "`tool:keywords` is listed; did you mean that?" in compilation.findings[1].hints


def test_the_weather_is_told_from_signed_bundles_under_no_dynamic(tmp_path: Path) -> None:
    result = ran("weather.yaml", {"path": str(DATA / "seattle-weather.csv")}, tmp_path)

    outputs = result["outputs"]
    assert isinstance(outputs, dict)
    assert 1461 == outputs["rows"]
    assert [
        "2015-12 has the greatest sum of `precipitation`: 284.5.",
        "150 is the number of days, where the year of `date` is 2014 and `precipitation` > 0.",
        "2012: 15.2768\n2013: 16.0589\n2014: 16.9959\n2015: 17.4279",
    ] == [answer["answer"] for answer in outputs["answers"]]
    assert outputs["report"].startswith("# seattle-weather.csv\n\n1461 rows. 2 questions answered, 0 not understood.")
    assert "2014-08-11 has the greatest `temp_max`: 35.6." in outputs["report"]
    assert outputs["summary"].startswith("The values of `temp_max` lie between -1.6 and 35.6")
    assert ["iceos_analyst", "iceos_tables", "iceos_text"] == result["imported"]


def test_a_page_is_digested_without_the_packages_that_it_does_not_need(tmp_path: Path) -> None:
    result = ran("page_digest.yaml", {"path": str(DATA / "measuring-rain.html")}, tmp_path)

    outputs = result["outputs"]
    assert isinstance(outputs, dict)
    assert "How rain is measured" == outputs["title"]
    assert ["rain", "gauge", "depth"] == [keyword["phrase"] for keyword in outputs["keywords"][:3]]
    assert ("0.0008", ["iceos_text"]) == (result["cost"], result["imported"])


def test_the_data_is_what_its_page_says() -> None:
    """Digests, so that nobody changes a source of figures unseen."""
    listed = re.findall(r"^([0-9a-f]{64})  (\S+)$", (DATA / "README.md").read_text("utf-8"), re.MULTILINE)

    assert [(hashlib.sha256((DATA / name).read_bytes()).hexdigest(), name) for _, name in listed] == listed
    assert {name for _, name in listed} == {path.name for path in DATA.iterdir()} - {"README.md"}
