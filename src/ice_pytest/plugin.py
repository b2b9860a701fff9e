"""What pytest loads in every run where iceos is installed: the options, the marker, and whether to watch.

It imports nothing of iceos until a run is watched. The watch starts before the first conftest.py is imported, since
that may register components too.
"""

import os
from pathlib import Path
from typing import Final

import pytest

MARKER: Final = "iceos_dynamic"
MODES: Final = ("error", "warn", "off")
MODE_VARIABLE: Final = "ICEOS_PYTEST_DYNAMIC"
# As in ice_core.strict_json: 4 MiB.
_LARGEST_MANIFEST: Final = 4 * 1024 * 1024
# As in ice_core.recording, which is not imported for a look.
LOG_VARIABLE: Final = "ICEOS_EVENT_LOG"
# Set for every process of a watched run: the run that began it reports, once.
WATCHED_VARIABLE: Final = "ICEOS_EVENT_OWNER"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command line and of the configuration."""
    group = parser.getgroup("iceos", "iceos: components that no manifest lists")
    group.addoption(
        "--iceos-dynamic", choices=MODES, help="What to make of components that code registers and no manifest lists."
    )
    group.addoption(
        "--iceos-manifest", action="append", metavar="FILE", help="A manifest; default: ROOTDIR/plugins.json."
    )
    group.addoption("--iceos-log", metavar="FILE", help="Keep the event log there, for `ice plugins lint --from-log`.")
    parser.addini("iceos_dynamic", "error, warn or off; default: warn where a manifest is found, else off.")
    parser.addini("iceos_manifest", "The manifests that list; default: plugins.json.", type="paths")
    parser.addini("iceos_allow", "Patterns of files whose registrations are allowed.", type="linelist")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line("markers", f'{MARKER}(reason): what this test registers needs no manifest, and "why".')


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begins the watch, or joins the one of the run that started this process."""
    if {WATCHED_VARIABLE, LOG_VARIABLE} <= os.environ.keys():
        from ice_pytest.watch import Watch

        early_config.pluginmanager.register(Watch(), "iceos-watch")
        return
    manifests = manifests_of(early_config)
    mode = mode_of(early_config, manifests)
    if mode != "off":
        from ice_pytest.report import begin

        begin(early_config, manifests, mode=mode)


def mode_of(config: pytest.Config, manifests: tuple[Path, ...]) -> str:
    """error, warn or off: by option, environment, configuration, else by whether there is a manifest.

    Raises:
        pytest.UsageError: The configuration or the environment says something else.
    """
    given = config.known_args_namespace.iceos_dynamic
    told = (
        (MODE_VARIABLE, os.environ.get(MODE_VARIABLE)),
        ("iceos_dynamic", config.getini("iceos_dynamic")),
    )
    for place, mode in [("--iceos-dynamic", given), *told]:
        if mode and mode not in MODES:
            raise pytest.UsageError(f"{place}: expected {', '.join(MODES)}, found {mode!r}")
        if mode:
            return str(mode)
    return "warn" if manifests else "off"


def manifests_of(config: pytest.Config) -> tuple[Path, ...]:
    """The manifests that are named, else `plugins.json` beside the configuration, if it is one."""
    given = config.known_args_namespace.iceos_manifest
    if given:
        return tuple(config.invocation_params.dir / path for path in given)
    named = config.getini("iceos_manifest")
    if named:
        return tuple(named)
    found = config.rootpath / "plugins.json"
    return (found,) if is_manifest(found) else ()


def is_manifest(path: Path) -> bool:
    """Whether a file looks like a manifest of iceos; other programs have a `plugins.json`, too."""
    try:
        with path.open("rb") as file:
            return b'"plugins.v0"' in file.read(_LARGEST_MANIFEST)
    except OSError:
        return False
