"""What is attacked: a folder with a home, a market of bundles and a blueprint, and the doors that lead into it."""

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ice_client.dependency_install import DependencyChoices
from ice_client.folder_index import FolderIndex
from ice_client.install import install
from ice_client.lock import make_lock
from ice_core.bundles import bundle_bytes
from ice_core.canonical import printed_bytes
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.signing import WheelPin, wheel_index
from ice_core.strict_json import JsonObject
from ice_core.unified_registry import load_plugins
from tests.builders.homes import listing, make_home, write
from tests.builders.indexes import NOW
from tests.builders.keys import KEY_ID, key_store
from tests.builders.manifests import signed, signed_bytes
from tests.builders.wheels import plugin_wheel
from tests.fakes.bundle_index import MemoryIndex
from tests.ice_cli.invoke import Ice, Outcome
from tests.scenarios.mission import FILES, INPUT, document
from tests.scenarios.packages import ONE_NODE, markers

LEAVE = DependencyChoices(act="leave")
BUNDLE = "acme_words-1.0.0.icebundle"
WHEEL = "acme_words-1.0.0-py3-none-any.whl"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A user of `acme-words` 1.0.0, who trusts the key number 1 for every package."""

    folder: Path
    ice: Ice

    @property
    def home(self) -> Home:
        """Their home folder."""
        return Home(self.folder / "home")

    @property
    def markers(self) -> Path:
        """Where modules and components leave markers."""
        return self.folder / "markers"

    @property
    def market(self) -> Path:
        """The folder index that they install from."""
        return self.folder / "market"

    @property
    def bundle(self) -> Path:
        """The bundle in that index."""
        return self.market / BUNDLE

    @property
    def manifest(self) -> Path:
        """The installed manifest."""
        return self.home.manifests / "acme_words-1.0.0.json"

    def offer(self, data: bytes) -> Path:
        """Puts these bytes where the index holds the bundle."""
        return write(self.bundle, data)

    def installed(self, data: "bytes | None" = None, *, lock: "bytes | None" = None) -> "Target":
        """The same, with this bundle (the good one unless given) installed by `ice_client.install`."""
        self.offer(data or good_bundle())
        self.install(lock or good_lock())
        return self

    def placed(self, value: JsonObject, *, files: Mapping[str, str | bytes] = FILES) -> "Target":
        """The same, with what a trusted key signed written into the home by hand, whatever `ice install` would say."""
        wheel = wheel_of(value, files=files)
        pin = WheelPin.of(*wheel)
        write(self.manifest.with_suffix(".wheels"), wheel_index([pin]))
        write(self.home.blob(pin.digest.hex), wheel[1])
        write(self.manifest, signed(value, [wheel]))
        return self

    def install(self, lock: bytes) -> None:
        """Installs from the market by this lock.

        Raises:
            IceError: What installing refuses.
        """
        install(lock, FolderIndex(self.market), home=self.home, keys=key_store(), dependencies=LEAVE)

    def run(self, *words: object, plan: str = "one.yaml", strict: bool = True) -> Outcome:
        """`ice run` of a file with the usual input."""
        mode = ["--no-dynamic"] if strict else []
        return self.ice("run", plan, *mode, "--input", INPUT, *words)

    def doors(self) -> Mapping[str, Callable[[], str]]:
        """Every way in for the bundle that the market offers; each gives the slug of its refusal, or `none`."""
        path = self.bundle
        return {
            "load": lambda: slug_of(lambda: load_plugins(path, home=self.home.root, no_dynamic=True, environ={})),
            "load, dynamic": lambda: slug_of(
                lambda: load_plugins(path, home=self.home.root, no_dynamic=False, environ={})
            ),
            "environment": lambda: slug_of(
                lambda: load_plugins(home=self.home.root, no_dynamic=True, environ={"ICEOS_EXTRA_PLUGINS": str(path)})
            ),
            "run": lambda: self.run("--plugins", path).slug,
            "list": lambda: self.ice("plugins", "list", "--no-dynamic", "--plugins", path).slug,
        }

    def refused_everywhere(self, *, also_dynamic: bool = True) -> set[str]:
        """The slugs that the doors give; asserts that nothing was written, imported or called on the way."""
        before = listing(self.folder)
        slugs = {door() for name, door in self.doors().items() if also_dynamic or name != "load, dynamic"}

        assert before == listing(self.folder)
        self.assert_untouched()
        return slugs

    def assert_untouched(self) -> None:
        """No module of the target's packages was imported, no component called."""
        assert [] == [name for name in sys.modules if name.partition(".")[0].startswith("acme_")]
        assert [] == markers(self.markers)


def target_at(folder: Path, ice: Ice) -> Target:
    """A target with nothing installed."""
    target = Target(folder=folder, ice=ice)
    target.markers.mkdir(parents=True)
    target.market.mkdir(mode=0o755)
    (folder / "one.yaml").write_text(ONE_NODE)
    make_home(target.home.root)
    target.home.keys.chmod(0o700)
    return target


def slug_of(act: Callable[[], object]) -> str:
    """The slug of the refusal of `act`; `none` when it is not refused."""
    try:
        act()
    except IceError as error:
        return error.slug
    return "none"


def wheel_of(value: "JsonObject | None" = None, *, files: Mapping[str, str | bytes] = FILES) -> tuple[str, bytes]:
    """The wheel of `acme-words` 1.0.0 for a manifest."""
    return plugin_wheel("acme-words", "1.0.0", files=files, manifest=value or document(), requires_dist=("iceos",))


def bundle_of(
    value: "JsonObject | None" = None,
    *,
    files: Mapping[str, str | bytes] = FILES,
    key: Ed25519PrivateKey | None = None,
    public_key_id: str = KEY_ID,
) -> bytes:
    """A bundle of `acme-words` 1.0.0, signed by a key that the target trusts, whatever it holds."""
    wheel = wheel_of(value, files=files)
    return bundle_bytes(signed_bytes(value or document(), [wheel], key=key, public_key_id=public_key_id), [wheel])


def packed(value: JsonObject, wheels: Sequence[tuple[str, bytes]]) -> bytes:
    """A bundle of a manifest as it is, signature and all, and wheels as they are."""
    return bundle_bytes(printed_bytes(value), wheels)


def good_manifest() -> JsonObject:
    """The signed manifest of the good bundle."""
    return signed(document(), [wheel_of()])


@functools.cache
def good_bundle() -> bytes:
    """The bundle that everybody expects."""
    return bundle_of()


@functools.cache
def good_lock() -> bytes:
    """The lock of the good bundle: the same bytes wherever the index lies, so made only once."""
    return lock_of(good_bundle())


def lock_of(bundle: bytes) -> bytes:
    """A lock of an index that offers this bundle."""
    index = MemoryIndex()
    index.upload("acme-words", "1.0.0", bundle)
    return make_lock(["acme-words"], index, keys=key_store(), now=NOW)
