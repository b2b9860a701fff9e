"""Importing: modules compiled from the bytes that were hashed, against the same ones from a folder with `.pyc`."""

import itertools
import sys
from pathlib import Path

from tests.builders.manifests import component, manifest
from tests.builders.wheels import plugin_wheel

from bench.measure import Case, Group

_TIMED = """
import json, sys, time
from pathlib import Path
from ice_core.wheels import read_wheel
from ice_orchestrator.verified_import import install
{prepare}
wall, cpu = time.perf_counter(), time.process_time()
import acme_csv
print(json.dumps({{"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall}}))
"""


def groups(folder: Path, *, quick: bool) -> tuple[Group, ...]:
    """A package whose `__init__` imports 50 trivial modules, once as a wheel and once as a folder."""
    count = 20 if quick else 50
    files = {f"acme_csv/part_{number}.py": f'"""Part."""\n\nVALUE = {number}\n' for number in range(count)}
    names = ", ".join(f"part_{number}" for number in range(count))
    files["acme_csv/__init__.py"] = f'"""All."""\n\nfrom acme_csv import {names}\n'
    filename, data = plugin_wheel(files=files, manifest=manifest(component(target="acme_csv:part_0")))
    wheel = folder / filename
    wheel.write_bytes(data)
    plain, bare = folder / "plain", folder / "bare"
    for place, name in itertools.product((plain, bare), files):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[name], encoding="utf-8")
    verified = f"install(read_wheel(Path({str(wheel)!r}).read_bytes(), filename={filename!r}))"
    ordinary = f"sys.path.insert(0, {str(plain)!r})"
    cases = (
        _case("from a folder, with .pyc", ordinary),
        _case("from a folder, without", f"sys.path.insert(0, {str(bare)!r}); sys.dont_write_bytecode = True"),
        _case("from a verified wheel", verified),
    )
    return (Group(name=f"import {count} modules", cases=cases, units=count, unit="module"),)


def _case(name: str, prepare: str) -> Case:
    return Case(name=name, command=(sys.executable, "-c", _TIMED.format(prepare=prepare)), whole=False)
