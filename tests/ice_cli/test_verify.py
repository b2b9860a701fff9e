"""`ice verify`: what it takes, what it tells, and how it ends."""

import json
from pathlib import Path

import pytest

from ice_core.home import Home
from ice_core.models.lock import LOCK_NAME
from tests.builders.homes import listing, make_home, write
from tests.builders.indexes import bundle_of, small_index, small_lock
from tests.builders.keys import key_record
from tests.builders.manifests import manifest, signed
from tests.builders.wheels import plugin_wheel
from tests.ice_cli.invoke import Ice, Outcome

FINGERPRINT = str(key_record().key.fingerprint)
BLUEPRINT = """
schema_version: "1.2.0"
id: read
inputs: {type: object, properties: {text: {type: string}}, required: [text]}
nodes:
  - {id: rank, type: tool, tool_name: rank, tool_args: {text: "{{ inputs.text }}"}, dependencies: []}
outputs: {rows: "{{ rank }}"}
"""


@pytest.fixture
def folder(ice: Ice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an index, a lock, and what it pins installed."""
    monkeypatch.chdir(tmp_path)
    home = make_home(tmp_path / "home")
    monkeypatch.setenv("ICEOS_HOME", str(home.root))
    small_index(tmp_path / "bundles")
    (tmp_path / LOCK_NAME).write_bytes(small_lock("acme-rank"))
    assert 0 == ice("install", "--index", "bundles").code
    return tmp_path


def home_of(folder: Path) -> Home:
    """The home folder of a test."""
    return Home(folder / "home")


def verdicts(outcome: Outcome) -> list[str]:
    """The verdict of each check of the first thing that was verified."""
    return [check["verdict"] for check in outcome.json["verifications"][0]["checks"]]


def test_a_package_is_verified_by_its_name(ice: Ice, folder: Path) -> None:
    """Whole output."""
    done = ice("verify", "acme-csv")

    assert (0, "1 verification, each passed; nothing was imported, nothing written.\n") == (done.code, done.err)
    assert done.out == (
        f"verified  acme-csv 1.3.0, {home_of(folder).manifests}/acme_csv-1.3.0.json\n"
        "      27 checks passed\n"
        "      signed by acme-2026, fingerprint\n"
        f"      {FINGERPRINT}\n"
    )


@pytest.mark.parametrize("name", ["acme_csv", "tool:csv_reader", "csv_reader"])
def test_a_package_is_found_by_its_components_and_other_spellings(ice: Ice, folder: Path, name: str) -> None:
    assert "acme-csv 1.3.0" in ice("verify", name).out


def test_each_check_is_explained_with_its_evidence(ice: Ice, folder: Path) -> None:
    done = ice("verify", "--explain", "acme-csv")

    assert 0 == done.code
    assert " 12  passed          the key is in the key-store\n      key: acme-2026\n" in done.out
    assert f"      fingerprint:\n        {FINGERPRINT}\n" in done.out
    assert "      size: 1," in done.out
    assert " of at most 268,435,456 bytes\n" in done.out
    assert [] == [line for line in done.out.splitlines() if len(line) > 80 and "/" not in line]


def test_what_comes_after_a_refusal_is_not_reached(ice: Ice, folder: Path) -> None:
    path = home_of(folder).manifests / "acme_csv-1.3.0.json"
    write(path, path.read_bytes().replace(b"2026-0", b"2025-0", 1))

    done = ice("verify", "--explain", "acme-csv")

    assert (1, "signature-mismatch") == (done.code, done.slug)
    assert " 14  refused         the signature is for these very files\n      slug: signature-mismatch\n" in done.out
    assert " 27  not reached     the wheel brings no other top-level name\n" in done.out
    assert "1 of 1 verification refused" in done.err
    assert "hint: To fetch wheel and manifest again, run `ice install`" in done.err


def test_a_refusal_is_told_in_short_with_its_place_in_the_list(ice: Ice, folder: Path) -> None:
    write(folder / "bad.icebundle", b"no zip")

    done = ice("verify", "bad.icebundle")

    assert (1, "archive-damaged") == (done.code, done.slug)
    assert "REFUSED  bad.icebundle\n      at check 3 of 24, archive-damaged\n" == done.out
    assert "hint: Get it again from where it came" in done.err


def test_programs_get_one_document_with_every_verdict(ice: Ice, folder: Path) -> None:
    write(folder / "bad.icebundle", b"no zip")

    good, bad = ice("verify", "--json", "acme-csv"), ice("verify", "--json", "bad.icebundle")

    assert (0, "", True) == (good.code, good.err, good.json["verified"])
    assert {"passed"} == set(verdicts(good))
    assert (1, "", False) == (bad.code, bad.err, bad.json["verified"])
    assert ["passed", "passed", "refused", "not reached"] == verdicts(bad)[:4]
    assert "archive-damaged" == bad.json["verifications"][0]["error"]["slug"]


def test_every_bundle_of_a_folder_is_verified(ice: Ice, folder: Path) -> None:
    done = ice("verify", "bundles")

    assert (0, 3) == (done.code, done.out.count("verified  "))


def test_several_refusals_are_told_together(ice: Ice, folder: Path) -> None:
    for name in ("a", "b"):
        write(folder / f"{name}.icebundle", b"no zip")

    done = ice("verify", "a.icebundle", "b.icebundle", "acme-csv")

    assert 1 == done.code
    assert "2 of 3 verifications refused" in done.err
    assert 3 == done.err.count("archive-damaged")


def test_every_package_of_a_lock_is_held_against_it(ice: Ice, folder: Path) -> None:
    done = ice("verify", LOCK_NAME)

    assert 0 == done.code
    assert [f"verified  acme-csv 1.3.0 of {LOCK_NAME}", f"verified  acme-rank 0.1.0 of {LOCK_NAME}"] == [
        line for line in done.out.splitlines() if "verified" in line
    ]


def test_a_wheel_is_verified_with_the_manifest_beside_it_or_named(ice: Ice, folder: Path) -> None:
    filename, data = plugin_wheel()
    write(folder / "dist" / filename, data)
    write(folder / "signed.json", signed(manifest(), [(filename, data)]))

    alone = ice("verify", f"dist/{filename}")
    named = ice("verify", f"dist/{filename}", "--manifest", "signed.json")
    (folder / "signed.json").rename(folder / "dist" / "plugins.json")

    assert (1, "file-missing") == (alone.code, alone.slug)
    assert 0 == named.code
    assert 0 == ice("verify", f"dist/{filename}").code


def test_a_plan_is_held_against_what_is_installed_and_its_lock(ice: Ice, folder: Path) -> None:
    (folder / "read.yaml").write_text(BLUEPRINT)
    compiled = ice("compile", "read.yaml", "--no-dynamic", "--output", "plan.json")
    assert 0 == compiled.code, compiled.err

    done = ice("verify", "--json", "plan.json")

    assert 0 == done.code, done.out
    assert ["file", "plan", "plan-body", "plan-cost", "plan-lock", "load", "plan-component", "plan-package"] == [
        check["check"] for check in done.json["verifications"][0]["checks"]
    ]
    assert "acme-rank 0.1.0" in done.json["verifications"][1]["subject"]


def test_an_edited_plan_is_refused_at_the_component_that_it_lies_about(ice: Ice, folder: Path) -> None:
    (folder / "read.yaml").write_text(BLUEPRINT)
    ice("compile", "read.yaml", "--no-dynamic", "--output", "plan.json")
    plan = json.loads((folder / "plan.json").read_text())
    plan["components"]["tool:rank"]["import_target"] = "os:system"
    (folder / "plan.json").write_text(json.dumps(plan))

    done = ice("verify", "--json", "plan.json")

    assert 1 == done.code
    assert "plan-altered" == done.json["verifications"][0]["error"]["slug"]
    assert ["refused", "not reached"] == verdicts(done)[-2:]


def test_the_plan_of_another_lock_is_refused(ice: Ice, folder: Path) -> None:
    (folder / "read.yaml").write_text(BLUEPRINT)
    ice("compile", "read.yaml", "--no-dynamic", "--output", "plan.json")
    (folder / "other.toml").write_bytes(small_lock("acme-csv"))

    done = ice("verify", "plan.json", "--lock", "other.toml")

    assert (1, "plan-lock-mismatch") == (done.code, done.slug)


def test_a_plan_that_no_lock_is_held_against_says_why(ice: Ice, folder: Path) -> None:
    """Without a lock in the folder, and of a plan that was compiled without one."""
    (folder / "read.yaml").write_text(BLUEPRINT)
    ice("compile", "read.yaml", "--no-dynamic", "--output", "plan.json")
    (folder / LOCK_NAME).unlink()
    alone = ice("verify", "plan.json", "--explain")
    ice("compile", "read.yaml", "--no-dynamic", "--output", "plan.json")
    unlocked = ice("verify", "plan.json", "--explain")

    assert (0, 0) == (alone.code, unlocked.code)
    assert "because: there is no lock in this folder\n" in alone.out
    assert "because: the plan was compiled without a lock\n" in unlocked.out


def test_a_plan_is_refused_where_a_manifest_that_is_read_is_not_sound(ice: Ice, folder: Path) -> None:
    """A run reads every manifest of the machine, so one that is damaged stops it although the plan does not use it."""
    (folder / "read.yaml").write_text(BLUEPRINT)
    ice("compile", "read.yaml", "--no-dynamic", "--output", "plan.json")
    write(home_of(folder).manifest, b"{")

    done = ice("verify", "plan.json", "--json")

    assert (1, "json-syntax") == (done.code, done.json["verifications"][0]["error"]["slug"])
    assert ["refused", "not reached", "not reached"] == verdicts(done)[-3:]


def test_a_plan_may_use_a_bundle_that_is_named(ice: Ice, folder: Path) -> None:
    for path in home_of(folder).manifests.iterdir():
        path.unlink()
    (folder / LOCK_NAME).unlink()
    (folder / "read.yaml").write_text(BLUEPRINT)
    bundle = "bundles/acme_rank-0.1.0.icebundle"
    ice("compile", "read.yaml", "--no-dynamic", "--plugins", bundle, "--output", "plan.json")

    assert "component-unknown" == ice("verify", "plan.json").slug
    assert 0 == ice("verify", "plan.json", "--plugins", bundle).code


def test_a_name_that_is_not_here_is_told_with_those_that_are(ice: Ice, folder: Path) -> None:
    done = ice("verify", "acme-cvs")

    assert (1, "verify-target-unknown") == (done.code, done.slug)
    assert "hint: `acme-csv` is here; did you mean that?" in done.err


@pytest.mark.parametrize("name", ["notes.txt", "LICENCE"])
def test_a_file_that_carries_no_signature_is_refused_with_what_does(ice: Ice, folder: Path, name: str) -> None:
    write(folder / name, b"text")

    assert "verify-target-unknown" == ice("verify", name).slug


def test_a_path_that_is_not_there_is_no_name(ice: Ice, folder: Path) -> None:
    """Told with the names that look like it."""
    (folder / "acme.icebundle").touch()
    done = ice("verify", "acne.icebundle")

    assert "file-missing" == ice("verify", "nowhere/plugins.json").slug
    assert "file-missing" == done.slug
    assert "hint: `acme.icebundle` is there; did you mean that?" in done.err


def test_a_folder_that_is_called_like_a_package_is_that_package(ice: Ice, folder: Path) -> None:
    """A project's folder mostly is; `./NAME` means the folder."""
    write(folder / "acme-csv" / "plugins.json", manifest())

    assert 0 == ice("verify", "acme-csv").code
    assert "manifest-unsigned" == ice("verify", "./acme-csv").slug


def test_where_nothing_is_nothing_is_called_verified(ice: Ice, folder: Path) -> None:
    """An empty folder, or a lock without plugin packages, must not look like success."""
    (folder / "empty").mkdir()
    plugins = (folder / LOCK_NAME).read_text()
    head, tool = plugins.partition("[[packages]]")[0], "[tool.iceos]" + plugins.partition("[tool.iceos]")[2]
    (folder / "none.toml").write_text(f"{head}packages = []\n\n{tool}")

    assert (1, "verify-target-unknown") == ((done := ice("verify", "empty")).code, done.slug)
    assert (1, "verify-target-unknown") == ((done := ice("verify", "none.toml")).code, done.slug)


def test_a_package_whose_manifest_cannot_be_read_is_still_found_by_its_name(ice: Ice, folder: Path) -> None:
    write(home_of(folder).manifests / "acme_csv-1.3.0.json", b"{")

    assert "json-syntax" == ice("verify", "acme-csv").slug


def test_a_manifest_of_the_home_folder_is_verified_as_what_it_is_there(ice: Ice, folder: Path) -> None:
    """With its record of when it was first seen, by which its key is judged."""
    done = ice("verify", "--json", home_of(folder).manifests / "acme_csv-1.3.0.json")

    assert "home" == done.json["verifications"][0]["checks"][0]["check"]


def test_a_bundle_of_the_environment_is_found_by_name(ice: Ice, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "extra.icebundle", bundle_of("acme-more", "1.0.0", tool="more"))
    monkeypatch.setenv("ICEOS_EXTRA_PLUGINS", str(folder / "extra.icebundle"))

    assert "extra.icebundle" in ice("verify", "tool:more").out


def test_nothing_is_written(ice: Ice, folder: Path) -> None:
    before = listing(folder)
    for words in (["acme-csv"], ["bundles"], [LOCK_NAME], ["--explain", "--json", "acme-rank"]):
        ice("verify", *words)

    assert before == listing(folder)
