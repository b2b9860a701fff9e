"""What a start loads: each module by name, so that an import that costs every start is seen before it is merged."""

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.builders.indexed import indexed_home

SOURCE = Path(__file__).parents[2] / "src"
# Loaded by every interpreter before it runs anything, with `site` or without.
STARTED = {"_collections_abc", "_stat", "abc", "genericpath", "os", "os.path", "posixpath", "stat"}
OWN_SHA256 = "_sha2" if sys.version_info >= (3, 12) else "_sha256"
# The first public key of RFC 8032 7.1.
KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
LISTING = """
import sys
sys.path.insert(0, {source!r})
before = set(sys.modules)
{code}
print(*sorted(set(sys.modules) - before))
"""

# The code of a step -> what it loads beyond a bare interpreter.
STEPS = {
    "from ice_core.errors import IceError": "ice_core ice_core.errors",
    "from ice_core.home import Home, read_regular_file": "ice_core ice_core.errors ice_core.home",
    "from ice_core.strict_json import parse_json; parse_json(b'{\"a\": [1, 0.5]}', where='x')": (
        "_json ice_core ice_core.errors ice_core.lowered_limits ice_core.strict_json types"
    ),
    "from ice_core.names import SemVer, VersionRange; SemVer.parse('1.2.3') in VersionRange.parse('>=1')": (
        "_json ice_core ice_core.errors ice_core.lowered_limits ice_core.names ice_core.strict_json types"
    ),
    "from ice_core.canonical import Digest; Digest.of(b'x'), Digest.parse('sha256:' + 64 * '0')": (
        f"{OWN_SHA256} ice_core ice_core.canonical ice_core.errors ice_core.sha256"
    ),
    "from ice_core.machine_cache import MachineCache; from ice_core.home import Home; "
    "MachineCache.open(Home('/nowhere')).tag(b'x')": (
        f"_operator {OWN_SHA256} ice_core ice_core.errors ice_core.home ice_core.machine_cache ice_core.machine_key "
        "ice_core.sha256"
    ),
    "from ice_core.dynamic import announced; announced()": (
        "ice_core ice_core.dynamic ice_core.errors ice_core.recording"
    ),
    "from ice_core.settings import no_dynamic_setting, trusted_keys_setting; "
    "no_dynamic_setting(argument=None, environ={}, project='/'), trusted_keys_setting('/')": (
        "ice_core ice_core.errors ice_core.home ice_core.settings"
    ),
    "from ice_core.home import Home; from ice_core.limit_settings import lower_limits; lower_limits(Home('/none'))": (
        "ice_core ice_core.errors ice_core.home ice_core.limit_settings ice_core.lowered_limits types"
    ),
    f"from ice_core.signing import PublicKey; PublicKey(bytes.fromhex({KEY!r}))": (
        f"_json {OWN_SHA256} binascii ice_core ice_core.canonical ice_core.edwards25519 ice_core.errors "
        "ice_core.lowered_limits ice_core.sha256 ice_core.signing ice_core.strict_json types"
    ),
}


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter loads for `code`, those left out that every one has."""
    command = [sys.executable, "-I", "-S", "-c", LISTING.format(source=str(SOURCE), code=code)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {*said.split()} - STARTED - {"__future__"}


START = (
    f"_blake2 _operator {OWN_SHA256} ice_core ice_core.dynamic ice_core.errors ice_core.home ice_core.index "
    "ice_core.indexed_component ice_core.indexed_packages ice_core.limit_settings ice_core.lowered_limits "
    "ice_core.machine_key ice_core.recording ice_core.registered ice_core.registry_contents ice_core.registry_loading "
    "ice_core.registry_start ice_core.settings ice_core.sha256 ice_core.stamps ice_core.unified_registry "
    "ice_core.verified_manifest ice_core.version types"
)
# A package's signature is verified when something of it is touched for the first time.
FIRST_TOUCH = (
    "_cffi_backend _json _openssl _openssl.lib binascii cryptography cryptography.__about__ cryptography.hazmat "
    "cryptography.hazmat.bindings cryptography.hazmat.bindings._rust ice_core.canonical ice_core.ed25519 "
    "ice_core.edwards25519 ice_core.signing ice_core.strict_json"
)


def keeps_to(code: str, found: set[str], expected: set[str]) -> None:
    """Whether what was loaded is what is listed; if not, what to do."""
    assert not found - expected, (
        f"`{code}` now loads {sorted(found - expected)}. Import it where it is needed, inside the function, or under "
        "`if TYPE_CHECKING:` (docs/adr/0026-what-a-start-loads.md says how); if every start needs it, add it here "
        "and say in the commit what it costs"
    )
    assert not expected - found, f"`{code}` no longer loads {sorted(expected - found)}: take it out of the list"


@pytest.mark.parametrize("code", STEPS)
def test_a_step_of_a_start_loads_these_modules_and_no_others(code: str) -> None:
    """Each module that is loaded here is paid for by every command and every process that starts."""
    expected = set(STEPS[code].split())

    found = loaded_by(code)

    keeps_to(code, found, expected)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("", START),
        ("registry.get('tool', 'one')", f"{START} {FIRST_TOUCH}"),
        ("registry.get('tool', 'one').digest", f"{START} {FIRST_TOUCH}"),
    ],
)
def test_a_start_over_the_index_loads_these_modules_and_no_others(tmp_path: Path, asked: str, expected: str) -> None:
    """The whole of it: `load_plugins`, a look-up with the signature of its package verified, and the digest."""
    home = indexed_home(tmp_path / "home")
    code = (
        f"sys.path.append({sysconfig.get_path('platlib')!r}); from ice_core.unified_registry import load_plugins; "
        f"registry = load_plugins(home={home.place!r}, environ={{}}, no_dynamic=True, project='/'); {asked}"
    )

    found = loaded_by(code)

    keeps_to(asked or "load_plugins", found, set(expected.split()))
