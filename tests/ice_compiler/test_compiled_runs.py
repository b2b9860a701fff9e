"""What compiles runs: random blueprints through the compiler and the real local engine, and each slip caught before."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_compiler.compiler import Compilation
from ice_core.models.plan import Plan, parse_plan, plan_bytes
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import Registry
from ice_orchestrator.plan_contents import check_body, check_cost
from ice_orchestrator.result import RunResult
from tests.ice_compiler.generated import BEHAVIOURS, ENTRIES, GIVEN, changed, well_typed
from tests.ice_compiler.parts import compiled, manifest, registry_of
from tests.ice_orchestrator.runs import Bench, slug_of

RUNS = itertools.count()
# What a run may meet although its blueprint compiled; each is among the plan's assumptions.
ASSUMED = {"input-invalid", "reference-missing", "condition-type", "for-each-too-long", "for-each-not-a-list"}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """The components that drawn blueprints call."""
    return registry_of(Path(tmp_path_factory.mktemp("registry")), manifest(ENTRIES))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The local engine over one journal for all runs."""
    return Bench(Path(tmp_path_factory.mktemp("runs")), BEHAVIOURS)


def _compiled(value: JsonObject, registry: Registry) -> Compilation:
    return compiled(json.dumps(value), registry, where="drawn.json")


def _run(plan: Plan, bench: Bench) -> RunResult:
    read = parse_plan(json.loads(plan_bytes(plan)), where="plan")
    return bench.start(read, dict(GIVEN), run_id=f"run-{next(RUNS)}")


@given(well_typed())
def test_a_well_typed_blueprint_compiles_and_its_plan_runs(registry: Registry, bench: Bench, value: JsonObject) -> None:
    """Every input and output keeps its schema, the cost is within the plan's bounds; `ice verify` finds no fault."""
    result = _compiled(value, registry)
    assert [] == [finding.to_json() for finding in result.findings]
    assert result.plan is not None
    ran = _run(result.plan, bench)

    check_body(result.plan)
    check_cost(result.plan)
    assert (None, "finished") == (ran.error and str(ran.error), ran.status)
    assert result.plan.cost.minimum <= ran.cost <= result.plan.cost.maximum


@given(st.data())
def test_a_slip_is_found_by_the_compiler_or_the_plan_runs_all_the_same(
    registry: Registry, bench: Bench, data: st.DataObject
) -> None:
    """What only the run can tell is among the plan's assumptions."""
    value = data.draw(well_typed())
    other = data.draw(changed(value))
    result = _compiled(other, registry)

    assert (result.plan is None) == any(finding.severity == "error" for finding in result.findings)
    if result.plan is None or value["inputs"] != other.get("inputs"):
        return  # with other inputs declared, those of the test may be refused before anything runs
    ran = _run(result.plan, bench)

    assert ran.status == "finished" or slug_of(ran) in ASSUMED, (other, str(ran.error))
    assert ran.status == "finished" or set(result.plan.assumptions) - set(_compiled(value, registry).notes), other
