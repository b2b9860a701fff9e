"""A package with a component of every form goes the whole way: exported, published, locked, installed, run strictly."""

import json
from pathlib import Path

from tests.ice_sdk.json_paths import at
from tests.scenarios.every_form import BLUEPRINT, CALLS, MADE, NAME, PLAIN
from tests.scenarios.packages import project_at
from tests.scenarios.person import done, person_at


def test_a_component_of_every_form_runs_strictly(tmp_path: Path) -> None:
    """What each gives by its node of one run; nothing but the signed wheel is on the import path."""
    person = person_at(tmp_path)
    modules = {"__init__.py": '"""Forms."""\n', "plain.py": PLAIN, "made.py": MADE}
    project = project_at(tmp_path / NAME, NAME, modules=modules)
    (tmp_path / "flow.yaml").write_text(BLUEPRINT)
    done(person.ice("keys", "new", "acme-2026", "--package", "acme-*", "--unsafe-unencrypted"))
    done(person.ice("plugins", "export", "--output", "plugins.json", folder=project))
    done(person.ice("publish", "--index", tmp_path / "market", "--no-isolation", folder=project))
    done(person.ice("lock", NAME, "--index", "market"))
    done(person.ice("install", "--index", "market"))
    outcome = done(person.ice("run", "flow.yaml", "--no-dynamic", "--input", "text=ab cb"))
    manifest = json.loads((project / "plugins.json").read_bytes())
    targets = {item["name"]: item["import"] for item in manifest["components"]}

    assert {**{name: gives for name, (_, gives) in CALLS.items()}, "asking": 5} == outcome.json
    assert ("acme_forms.made:at_spaces", "acme_forms.made:create_at_letters") == (
        targets["at_spaces"],
        targets["at_letters"],
    )
    assert "The other." == at(manifest, "schemas", "JoinedFields", "properties", "second", "description")
