"""Each control of tests/threats is needed: in a copy of the source without it, the attack that it stops goes through.

The copy comes first on the import path of a process of its own, which runs the attack's own test; nothing is patched.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.house.controls import OF_CALLS, OF_THE_INDEX, Control
from tests.house.tree import ROOT, SOURCE

FOLDER = "tests/threats"


CONTROLS: dict[str, Control] = {
    **OF_CALLS,
    **OF_THE_INDEX,
    "the signature is verified": Control(
        file="ice_core/trust.py",
        line="        _check_signature(model.signature, signer, digest, wheels, origin)\n",
        without="        pass\n",
        test="test_bundle_bytes.py::test_a_mutated_archive_is_refused_at_every_door",
        case="wheel of another build",
    ),
    "a signature must be there": Control(
        file="ice_core/trust.py",
        line="    if model.signature is None and strict and not allow_unsigned:\n",
        without="    if False:\n",
        test="test_signatures.py::test_a_stripped_signature_is_refused_when_strict",
    ),
    "a key signs its own packages": Control(
        file="ice_core/key_store.py",
        line="        if not any(_covers(pattern, package) for pattern in record.namespaces):\n",
        without="        if False:\n",
        test="test_signatures.py::test_a_trusted_key_signs_its_own_namespaces_only",
        case="namespaces0",
    ),
    "no key of low order": Control(
        file="ice_core/signing.py",
        line="        if is_low_order(raw):\n",
        without="        if False:\n",
        test="test_signatures.py::test_a_key_of_low_order_in_the_key_store_stops_everything",
        case="0" * 64,
    ),
    "S below the order": Control(
        file="ice_core/signing.py",
        line='    if int.from_bytes(signature[32:], "little") >= ORDER:\n',
        without="    if False:\n",
        test="test_signatures.py::test_a_signature_of_another_form_is_refused",
        case="S + L",
    ),
    "no JSON member twice": Control(
        file="ice_core/strict_json.py",
        line="    if len(members) != len(pairs):\n",
        without="    if False:\n",
        test="test_signatures.py::test_json_that_two_readers_could_read_in_two_ways_is_refused",
        case="twin at the root",
    ),
    "the wheel is hashed before it is imported": Control(
        file="ice_core/trust.py",
        line="    if found != pin.digest:\n",
        without="    if False:\n",
        test="test_exchanged_files.py::test_the_wheel_swapped_before_it_is_imported",
        case="False-before the check",
    ),
    "links are not followed": Control(
        file="ice_core/home.py",
        line="os.O_RDONLY | os.O_NOFOLLOW | ",
        without="os.O_RDONLY | ",
        test="test_exchanged_files.py::test_the_wheel_swapped_before_it_is_imported",
        case="True-before the check",
    ),
    "nobody else can write": Control(
        file="ice_core/home.py",
        line="    writable = bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))\n",
        without="    writable = False\n",
        test="test_surroundings.py::test_what_others_could_write_is_not_trusted",
        case="group-home",
    ),
    "the environment names signed bundles only": Control(
        file="ice_core/manifest_sources.py",
        line="        if strict and not (path.is_absolute() and path.suffix == BUNDLE_SUFFIX and not path.is_dir()):\n",
        without="        if False:\n",
        test="test_surroundings.py::test_the_environment_does_not_choose_what_runs",
        case="unsigned_folder-extra-plugins-refused",
    ),
    "the finder stands first": Control(
        file="ice_orchestrator/verified_import.py",
        line="        sys.meta_path.insert(0, VerifiedFinder(wheel, pack=pack))\n",
        without="        sys.meta_path.append(VerifiedFinder(wheel, pack=pack))\n",
        test="test_surroundings.py::test_a_shadow_folder_on_the_path_is_not_used",
        case="dynamic",
    ),
    "the object is the declared one": Control(
        file="ice_orchestrator/resolve.py",
        line="    declared = declared_of(vars(module)[target.attribute])\n",
        without="    declared = next(iter(all_declared()))\n",
        test="test_components.py::test_a_module_that_is_not_what_was_exported",
        case="the name bound to another function",
    ),
    "the code is of the signed shape": Control(
        file="ice_orchestrator/resolve.py",
        line="    if said is not None:\n",
        without="    if False:\n",
        test="test_contract.py::test_code_of_another_shape_than_its_signed_entry_is_not_called",
        case="a parameter that nobody signed",
    ),
    "the decorator says what was signed": Control(
        file="ice_orchestrator/resolve.py",
        line="            check_settings(declared, registered)\n",
        without="            pass\n",
        test="test_contract.py::test_what_code_says_of_itself_is_what_was_signed",
        case="description",
    ),
    "what is not declared is refused": Control(
        file="ice_orchestrator/permission_guard.py",
        line="        raise PermissionRefused(",
        without="        PermissionRefused(",
        test="test_permissions.py::test_a_wiper_in_a_signed_release_wipes_nothing",
        case="rmtree",
    ),
    "an import is under the permissions": Control(
        file="ice_orchestrator/resolve.py",
        line=", guarded(str(registered.id), permissions, enforce=enforce, origin=registered.origin):",
        without=":",
        test="test_permissions.py::test_what_a_module_does_at_import_is_under_the_permissions",
    ),
    "a call is under the permissions": Control(
        file="ice_orchestrator/component_caller.py",
        line=", self._guarded(component, declared):",
        without=":",
        test="test_permissions.py::test_a_copy_to_a_host_that_nobody_declared_is_not_sent",
        case="client",
    ),
    "a component's threads are under its permissions": Control(
        file="ice_orchestrator/permission_guard.py",
        line="        _OF_THREAD[thread] = guard\n",
        without="        pass\n",
        test="test_permissions.py::test_a_copy_to_a_host_that_nobody_declared_is_not_sent",
        case="pool",
    ),
    "an isolated component gets declared variables only": Control(
        file="ice_orchestrator/isolation/process.py",
        line="                env=environment_of(permissions, os.environ, self._folder),\n",
        without="                env={**os.environ, **environment_of(permissions, os.environ, self._folder)},\n",
        test="test_isolation.py::test_credentials_of_others_are_not_in_the_environment",
    ),
    "a process that ends without an answer gave none": Control(
        file="ice_orchestrator/isolation/conversation.py",
        line="        raise self._died(await self._left())\n",
        without='        return b\'{"result":"0"}\\n\'\n',
        test="test_isolation.py::test_a_component_that_exits_does_not_end_the_run_well",
    ),
    "nothing unlisted came along": Control(
        file="ice_orchestrator/resolve.py",
        line="        _refuse_unlisted(target, listed)\n",
        without="        pass\n",
        test="test_running.py::test_a_module_that_registers_more_than_is_signed_does_not_run",
        case="swallowed",
    ),
    "an agent calls what it may": Control(
        file="ice_orchestrator/context.py",
        line="        if wanted in allowed and planned is not None",
        without="        if planned is not None",
        test="test_components.py::test_an_agent_that_calls_what_it_may_not",
        case="itself, not permitted",
    ),
    "a plan describes what its manifest does": Control(
        file="ice_orchestrator/preflight.py",
        line="    _check_description(component, registered)\n",
        without="    pass\n",
        test="test_plan_edits.py::test_a_changed_leaf_is_refused",
        case="components.tool:count_words.import_target-plan-altered",
    ),
    "nothing that runs at start-up": Control(
        file="ice_core/wheel_contents.py",
        line='_STARTUP_SUFFIXES: Final = (".pth", ".start")\n',
        without="_STARTUP_SUFFIXES: Final = ()\n",
        test="test_surroundings.py::test_what_a_wheel_may_not_hold_is_refused_although_signed",
    ),
    "RECORD fits": Control(
        file="ice_core/wheels.py",
        line='    digests = check_record(archive, record=f"{dist_info}/RECORD")\n',
        without="    digests = {name: Digest.of(archive.read(name)).raw for name in archive.names}\n",
        test="test_signed_contents.py::test_records_that_do_not_fit",
        case="RECORD with another hash",
    ),
    "a key that ended signs nothing new": Control(
        file="ice_core/key_store.py",
        line="        if record.not_after is not None and first_seen > record.not_after:\n",
        without="        if False:\n",
        test="test_key_life.py::test_a_key_that_handed_over_signs_nothing_new",
    ),
    "a revoked key kills what it signed": Control(
        file="ice_core/key_store.py",
        line="        if record.revoked is not None:\n            raise self._refusal(\n",
        without="        if False:\n            raise self._refusal(\n",
        test="test_key_life.py::test_what_a_revoked_key_signed_does_not_run",
        case="long before",
    ),
    "a rotation is signed by the key that is trusted": Control(
        file="ice_core/key_rotation.py",
        line="        verify(key, message, value, where=where)\n",
        without="        pass\n",
        test="test_key_life.py::test_a_thief_of_another_key_does_not_rotate_this_one",
    ),
    "a key hands over once": Control(
        file="ice_core/key_rotation.py",
        line="    if old.successor not in (None, rotation.successor.public_key_id):\n",
        without="    if False:\n",
        test="test_key_life.py::test_a_thief_does_not_rotate_a_second_time",
    ),
    "a rotation widens nothing": Control(
        file="ice_core/key_rotation.py",
        line="    namespaces = common(rotation.successor.namespaces, old.namespaces)\n",
        without="    namespaces = rotation.successor.namespaces\n",
        test="test_key_life.py::test_the_key_that_follows_signs_no_other_packages",
        case="trusted1-claimed1",
    ),
    "limits are only lowered": Control(
        file="ice_core/limit_settings.py",
        line="    if limit > greatest:\n",
        without="    if False:\n",
        test="test_limits.py::test_a_limit_that_is_raised_stops_everything",
        case="json_depth",
    ),
    "the operator's limits hold": Control(
        file="ice_core/archives.py",
        line="    limits = limits.in_force()\n",
        without="    pass\n",
        test="test_limits.py::test_a_lowered_limit_holds_at_every_door",
        case="archive_members",
    ),
    "a lock pins the signer": Control(
        file="ice_client/locked_bundles.py",
        line="    if manifest.signer != plugin.signer:\n",
        without="    if False:\n",
        test="test_incidents.py::test_a_name_that_somebody_else_took_over_is_not_what_was_locked",
    ),
    "a lock pins the wheels": Control(
        file="ice_client/locked_bundles.py",
        line="        if pinned.get(filename) != found.get(filename):\n",
        without="        if False:\n",
        test="test_incidents.py::test_a_poisoned_build_with_a_good_signature_is_not_what_was_locked",
    ),
    "an installed file is held against its wheel": Control(
        file="ice_core/dependency_files.py",
        line="        if found != expected:\n",
        without="        if False:\n",
        test="test_dependencies.py::test_a_changed_file_is_not_executed",
        case="evil_source",
    ),
    "dependencies run from the checked bytes": Control(
        file="ice_orchestrator/locked_loading.py",
        line="        return LockedSourceLoader(name, path, dependency=dependency, member=member, pack=pack)\n",
        without="        return importlib.machinery.SourceFileLoader(name, path)\n",
        test="test_dependencies.py::test_a_forged_bytecode_file_of_a_dependency_is_not_read",
        case="time and size",
    ),
    "what no lock pins is not looked for": Control(
        file="ice_orchestrator/locked_environment.py",
        line="            finder.stand_in()\n",
        without="            pass\n",
        test="test_dependencies.py::test_an_installed_package_that_is_not_locked_is_refused",
    ),
    "the installed versions are the locked ones": Control(
        file="ice_orchestrator/locked_environment.py",
        line="            finder.check()\n",
        without="            pass\n",
        test="test_dependencies.py::test_another_version_is_refused_before_the_first_node",
    ),
    "a third-party wheel has the locked digest": Control(
        file="ice_client/dependency_wheels.py",
        line="    if found != wheel.digest:\n",
        without="    if False:\n",
        test="test_dependencies.py::test_the_same_version_from_another_index_is_not_installed",
    ),
    "no start-up file comes with a dependency": Control(
        file="ice_client/dependency_wheels.py",
        line="    if not files.start_up or locked.name in allowed:\n",
        without="    if True:\n",
        test="test_dependencies.py::test_a_package_that_brings_a_start_up_file_is_not_installed",
    ),
    "the clock does not go back": Control(
        file="ice_core/clock.py",
        line="    return now if latest is None else max(now, latest)\n",
        without="    return now\n",
        test="test_clock.py::test_a_clock_set_back_does_not_revive_a_key_that_ended",
        case="back2",
    ),
    "a project pins its keys": Control(
        file="ice_core/manifest_loading.py",
        line='        if self.pins is not None and manifest.status == "signed" and',
        without="        if False and self.pins is not None and",
        test="test_key_life.py::test_another_home_runs_nothing_in_a_project_that_pins_its_keys",
    ),
    "cached code is read under its MAC": Control(
        file="ice_core/machine_cache.py",
        line="        return expected is not None and equal_in_constant_time(expected, tag)\n",
        without="        return True\n",
        test="test_cached_code.py::test_forged_code_in_the_cache_is_not_executed",
        case="with_own_macs",
    ),
    "a MAC names its module": Control(
        file="ice_orchestrator/code_cache.py",
        line='    return _PURPOSE, _made_for(), source_digest, filename.encode("utf-8", "surrogatepass"), data\n',
        without="    return _PURPOSE, _made_for(), data\n",
        test="test_cached_code.py::test_forged_code_in_the_cache_is_not_executed",
        case="each_others",
    ),
    "an exposed key vouches for nothing": Control(
        file="ice_core/machine_key.py",
        line="        if status.st_uid != os.geteuid() or status.st_mode & 0o077:\n",
        without="        if False:\n",
        test="test_cached_code.py::test_a_key_that_others_can_read_vouches_for_nothing",
    ),
    "a verdict does not stand for the digest": Control(
        file="ice_core/trust.py",
        line="    found = Digest.of(data)\n",
        without="    found = pin.digest\n",
        test="test_cached_code.py::test_a_changed_wheel_is_refused_although_its_code_is_cached",
    ),
    "sealed memory is read again": Control(
        file="ice_orchestrator/extension_modules.py",
        line="        if os.pread(descriptor, len(data) + 1, 0) != data:\n",
        without="        if False:\n",
        test="test_cached_code.py::test_a_memory_file_that_was_changed_before_its_seal_is_not_loaded",
    ),
    "text is shown with escapes": Control(
        file="ice_core/strict_json.py",
        line="char if char.isprintable() else",
        without="char if True else",
        test="test_hostile_text.py::test_a_hostile_plan_is_told_about_in_clean_words",
    ),
}


def exit_code(source: Path, controls: Iterable[Control]) -> int:
    """That of pytest over these controls' tests, with this copy of the source first on the path: 0 passed, 1 failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist"]
    ids = [f"{FOLDER}/{each.test}" + (f"[{each.case}]" if each.case else "") for each in controls]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
    done = subprocess.run(
        [*command, *sorted(set(ids))],
        cwd=ROOT,
        env={**kept, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.returncode


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A copy of the source."""
    return shutil.copytree(SOURCE, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))


def test_every_control_stands_where_the_table_says() -> None:
    """A line that moved would make the proof prove nothing."""
    found = {name: (SOURCE / each.file).read_text(encoding="utf-8").count(each.line) for name, each in CONTROLS.items()}

    assert dict.fromkeys(CONTROLS, 1) == found


@pytest.mark.soak
@pytest.mark.timeout(600)  # every attack of the table, one after the other
def test_an_unchanged_copy_passes(source: Path) -> None:
    """The same tests over a copy in which nothing is changed."""
    assert 0 == exit_code(source, CONTROLS.values())


@pytest.mark.soak
@pytest.mark.parametrize("name", CONTROLS)
def test_without_the_control_the_attack_goes_through(source: Path, name: str) -> None:
    """The attack's own test fails once the control's line is another."""
    control = CONTROLS[name]
    path = source / control.file
    path.write_text(path.read_text(encoding="utf-8").replace(control.line, control.without), encoding="utf-8")

    assert 1 == exit_code(source, [control])
