"""What is certain to be wrong in the settings of a decorator, before anybody asks for a schema: all of it at once."""

import difflib
from typing import Final

from ice_core.errors import Finding, IceError, Location
from ice_core.names import NodeType, SemVer
from ice_sdk.settings import SETTING_NAMES, ComponentSettings

_TEXTS: Final = {"name": "csv_reader", "version": "1.0.0", "iceos_min": "1.0.0"}
_VERSIONS: Final = ("version", "iceos_min")


def setting_faults(node_type: NodeType, settings: ComponentSettings, where: Location) -> dict[str, Finding]:
    """The faults of a decorator's settings by name: settings that there are not, and texts of the wrong form."""
    given: dict[str, object] = dict(settings)
    faults = {name: _unknown(node_type, name, where) for name in sorted(given.keys() - set(SETTING_NAMES))}
    for setting in _TEXTS:
        text = given.get(setting)
        if text is not None and not isinstance(text, str):
            faults[setting] = _no_text(node_type, setting, text, where)
        elif text is not None and setting in _VERSIONS:
            try:
                SemVer.parse(text)
            except IceError as error:
                error.finding.where = where
                error.finding.hints = (f'Write `@{node_type}({setting}="{_TEXTS[setting]}")`',)
                faults[setting] = error.finding
    return faults


def _unknown(node_type: NodeType, setting: str, where: Location) -> Finding:
    near = difflib.get_close_matches(setting, SETTING_NAMES, n=1)
    return Finding(
        "declaration-invalid",
        f"`@{node_type}` knows no setting `{setting}`",
        where=where,
        expected=", ".join(SETTING_NAMES),
        found=setting,
        hints=tuple(f"Did you mean `{name}`?" for name in near),
    )


def _no_text(node_type: NodeType, setting: str, given: object, where: Location) -> Finding:
    return Finding(
        "declaration-invalid",
        f"`{setting}` of `@{node_type}` is a text",
        where=where,
        expected=f'a text, as in {setting}="{_TEXTS[setting]}"',
        found=f"{type(given).__name__} {given!r}",
        hints=(f'Write `@{node_type}({setting}="{_TEXTS[setting]}")`',),
    )
