"""Throwaway environments for tests: a virtual environment with real third-party packages, a lock, a home and a plugin.

The environment finds iceos and what it stands on where the tests run, by a path file of its own; what the plugin
depends on is installed into it by `ice_client.install`, from wheels of a package index on 127.0.0.1.
"""

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import ice_core
from ice_client.dependency_install import DependencyChoices
from ice_client.folder_index import FolderIndex
from ice_client.install import install
from ice_client.lock import make_lock
from ice_client.programs import run_uv
from ice_core.archives import read_archive
from ice_core.bundles import bundle_bytes
from ice_core.home import Home
from ice_core.strict_json import JsonObject
from tests.builders.homes import make_home
from tests.builders.indexes import NOW
from tests.builders.installed import entry
from tests.builders.keys import key_store
from tests.builders.manifests import manifest, signed_bytes
from tests.builders.package_index import package_index
from tests.builders.wheels import plugin_wheel
from tests.ice_cli.invoke import Outcome
from tests.scenarios.mission import TEXT
from tests.scenarios.packages import MARK, MARKERS, ONE_NODE, TOUCHES

Wheel = tuple[str, bytes]
SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
# A module whose name is not its distribution's, with a data file; and one namespace package of two distributions.
TINY_FILES: Mapping[str, str] = MappingProxyType(
    {
        "tiny_size/__init__.py": "from tiny_size.core import size\n",
        "tiny_size/core.py": "def size(text):\n    return len(text.split())\n",
        "tiny_size/words.txt": "one\n",
    }
)
TINY = plugin_wheel("tiny-thing", "3.1", files=TINY_FILES, manifest={})
OLDER = plugin_wheel("tiny-thing", "3.0", files=TINY_FILES, manifest={})
ONE = plugin_wheel("spaced-one", "1.0", files={"spaced/one.py": "word = 'one'\n"}, manifest={})
TWO = plugin_wheel("spaced-two", "1.0", files={"spaced/two.py": "word = 'two'\n"}, manifest={})
STRANGER = plugin_wheel("stranger", "1.0", files={"stranger.py": "size = len\n"}, manifest={})
COUNTING = f"""{MARK}
from ice_sdk import tool
{{imports}}

@tool(name="count_words", version="1.0.0", cost_estimate=0.0, permissions=TOUCHES)
def count_words(text: str) -> int:
    leave("called count_words")
    return {{value}}
"""
# A test names in a variable what else the component imports, before anything else.
ALSO: Final = "ACME_IMPORT"
IMPORTS = f"""
import importlib
for name in filter(None, os.environ.get("{ALSO}", "").split(",")):
    importlib.import_module(name)
import spaced.one, spaced.two
from tiny_size import size
"""
# Left by code that must not run.
EVIL = f"import os, pathlib\npathlib.Path(os.environ['{MARKERS}'], 'called evil').touch()\n"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A folder with an environment, a home, a lock and a blueprint."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def site(self) -> Path:
        """Where third-party packages are installed."""
        return self.folder / "venv" / SITE

    @property
    def home(self) -> Home:
        """The home folder."""
        return Home(self.folder / "home")

    @property
    def lock(self) -> Path:
        """The lock of the folder."""
        return self.folder / "pylock.iceos.toml"

    @property
    def markers(self) -> Path:
        """Where modules and components leave markers."""
        return self.folder / "markers"

    def ice(self, *words: object, **variables: str) -> Outcome:
        """`ice` in a process of this environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "UV_"))}
        mine = {"ICEOS_HOME": str(self.home.root), MARKERS: str(self.markers), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [self.python, "-m", "ice_cli", *map(str, words)],
            cwd=self.folder,
            env={**kept, **mine, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)

    def run(self, *words: object, **variables: str) -> Outcome:
        """A strict run of the one tool over three words."""
        return self.ice("run", "one.yaml", "--no-dynamic", "--input", "text=one two three", *words, **variables)

    def plant(self, path: str, text: str) -> Path:
        """Writes a file below the folder."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        return place

    def add(self, wheel: Wheel) -> None:
        """Puts a further distribution into the environment, as an installer does."""
        archive = read_archive(wheel[1], where=wheel[0])
        for name in archive.names:
            (self.site / name).parent.mkdir(parents=True, exist_ok=True)
            (self.site / name).write_bytes(archive.read(name))


def modes(outcome: Outcome) -> dict[str, str]:
    """The mode of each package's code in the result of a run."""
    return {each["package"]: each["mode"] for each in json.loads(outcome.out)["code"]}


def plugin_bundle_of(*, imports: str = IMPORTS, value: str = "size(text)", requires: Sequence[str] = ()) -> bytes:
    """A signed bundle of `acme-words` 1.0.0, whose one tool imports and computes this."""
    schema: JsonObject = {"input": TEXT, "output": {"type": "integer"}}
    document = manifest(
        entry("count_words", "acme_words.counting:count_words", schema=schema, permissions={**TOUCHES}),
        name="acme-words",
        version="1.0.0",
    )
    files = {"acme_words/__init__.py": "", "acme_words/counting.py": COUNTING.format(imports=imports, value=value)}
    wheel = plugin_wheel("acme-words", "1.0.0", files=files, manifest=document, requires_dist=("iceos", *requires))
    return bundle_bytes(signed_bytes(document, [wheel]), [wheel])


def environment_at(
    folder: Path,
    *,
    bundle: "bytes | None" = None,
    wheels: Mapping[str, Wheel] = MappingProxyType({"tiny-thing": TINY, "spaced-one": ONE, "spaced-two": TWO}),
    act: bool = True,
) -> Environment:
    """An environment in which the plugin, and what it depends on, is locked and installed as `ice install` does it."""
    made = Environment(folder=folder)
    made.markers.mkdir(parents=True)
    (folder / "one.yaml").write_text(ONE_NODE)
    make_home(made.home.root)
    made.home.keys.chmod(0o700)
    run_uv(["venv", "--quiet", "--python", sys.executable, str(folder / "venv")])
    own = [sysconfig.get_path("purelib"), str(Path(ice_core.__file__).parents[1])]
    (made.site / "iceos-of-the-tests.pth").write_text("".join(f"{path}\n" for path in own))
    index = FolderIndex(folder / "market")
    index.upload("acme-words", "1.0.0", bundle or plugin_bundle_of(requires=tuple(wheels)))
    with package_index(wheels) as (url, _):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
        environ = clean | {"UV_DEFAULT_INDEX": url, "UV_NO_CONFIG": "1", "UV_CACHE_DIR": str(folder / "cache")}
        lock = make_lock(["acme-words"], index, keys=key_store(), now=NOW, environ=environ)
        made.lock.write_bytes(lock)
        choices = DependencyChoices(act="install" if act else "leave", python=made.python)
        install(lock, index, home=made.home, keys=key_store(), dependencies=choices, environ=environ)
    return made
