"""`ice lock`: pin plugin packages and their components by digest in `pylock.iceos.toml`."""

import os
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from ice_cli import output
from ice_cli.options import index_location, index_option
from ice_cli.progress import Progress
from ice_client.index import BundleIndex
from ice_client.index_location import open_index
from ice_client.lock import Keeping, check_lock, lock_differences, make_lock
from ice_core.clock import judged_time, remember_time
from ice_core.errors import IceError, Location
from ice_core.home import Home, read_regular_file, write_atomically
from ice_core.key_store import KeyStore
from ice_core.models.lock import LOCK_NAME, MAX_LOCK_BYTES, Lock, read_lock
from ice_core.strict_json import JsonObject


@click.command("lock")
@click.argument("requirements", nargs=-1, metavar="[PACKAGE[>=1.2]]...")
@index_option
@click.option(
    "--output",
    "file",
    type=click.Path(path_type=Path),
    default=Path(LOCK_NAME),
    show_default=True,
    metavar="FILE",
    help="The lock.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the lock would change.")
@click.option(
    "--blueprint",
    "-b",
    "blueprints",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also the packages that hold what this blueprint needs.",
)
@click.option("--upgrade", "upgrades", multiple=True, metavar="NAME", help="Move this package or component only.")
@output.json_option
def lock_command(
    requirements: tuple[str, ...],
    *,
    index: str | None,
    file: Path,
    check: bool,
    blueprints: tuple[Path, ...],
    upgrades: tuple[str, ...],
    as_json: bool,
) -> None:
    """Pin packages and their components by digest.

    Resolves with uv, verifies every bundle with the keys of this machine, and
    writes a PEP 751 lock that pip and uv can read. Without PACKAGE or -b it
    answers the requirements that the lock already records.

    \b
    Example: ice lock acme-csv 'acme-rank>=0.2' --index ./market
    """
    place = open_index(index_location(index))
    home = Home.from_environment(os.environ)
    keys = KeyStore.read(home.keys)
    old = read_regular_file(file, max_bytes=MAX_LOCK_BYTES) if file.exists() else None
    before = read_lock(old, where=str(file)) if old is not None else None
    requirements += _needs_of(blueprints, place)
    asked = requirements or (before.requirements if before is not None else ())
    if not asked:
        raise _nothing_asked(file)
    now = judged_time(home, datetime.now(UTC))
    with Progress("Resolving and verifying"):
        if check:
            _check(old, requirements, file, index)
            check_lock(old or b"", requirements or None, place, keys=keys, now=now, where=str(file))
            _report(before, before, file, as_json=as_json, wrote=False)
            return
        keeping = Keeping(lock=old, upgrade=upgrades) if upgrades and old is not None else None
        data = make_lock(asked, place, keys=keys, now=now, old=old, keeping=keeping)
    if data != old:
        write_atomically(file, data)
    remember_time(home, now)
    _report(before, read_lock(data, where=str(file)), file, as_json=as_json, wrote=data != old)


def _check(old: bytes | None, requirements: tuple[str, ...], file: Path, index: str | None) -> None:
    if old is None:
        words = ["ice", "lock", *(("--index", index) if index is not None else ()), *(requirements or ("PACKAGE",))]
        raise IceError(
            "file-missing",
            f"`{file}` does not exist, so there is no lock to check",
            where=Location(str(file)),
            hints=(f"To write it, run `{shlex.join(words)}`",),
        )


def _needs_of(blueprints: tuple[Path, ...], place: BundleIndex) -> tuple[str, ...]:
    if not blueprints:
        return ()
    from ice_cli.compilation import read_blueprint
    from ice_client.component_packages import requirements_for
    from ice_compiler.needs import components_named, together

    needs = together(need for path in blueprints for need in components_named(read_blueprint(path), where=str(path)))
    return requirements_for(
        {need.component: need.versions for need in needs}, place, places={need.component: need.where for need in needs}
    )


def _nothing_asked(file: Path) -> IceError:
    return output.usage_error(
        f"`ice lock`: no package was named, and `{file}` does not exist to say which",
        hints=("Name what you need, as in `ice lock acme-csv` or `ice lock --blueprint FILE`",),
    )


def _report(before: Lock | None, after: Lock | None, file: Path, *, as_json: bool, wrote: bool) -> None:
    if after is None:
        return
    differences = lock_differences(before, after) if before is not None else ()
    if as_json:
        output.data({**_row(after), "file": str(file), "changed": wrote, "differences": list(differences)})
        return
    components = sum(len(plugin.components) for plugin in after.plugins)
    for text in differences:
        output.say(f"  {text}")
    number = len(after.dependencies)
    dependencies = f"{number} {'dependency' if number == 1 else 'dependencies'}"
    state = "Wrote" if wrote else "Nothing changed in"
    output.say(
        f"{state} {file}: {output.counted(len(after.plugins), 'plugin package')}, "
        f"{output.counted(components, 'component')}, {dependencies}, {after.digest}"
    )


def _row(lock: Lock) -> JsonObject:
    return {
        "lock_digest": str(lock.digest),
        "requirements": list(lock.requirements),
        "marketplace": lock.marketplace,
        "plugins": [
            {
                "package": plugin.name,
                "version": plugin.version,
                "manifest_digest": str(plugin.manifest_digest),
                "signer": plugin.signer,
                "components": {name: str(item.digest) for name, item in plugin.components.items()},
            }
            for plugin in lock.plugins
        ],
        "dependencies": [f"{package.name}=={package.version}" for package in lock.dependencies],
    }
