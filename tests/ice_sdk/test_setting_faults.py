"""Settings that are certain to be wrong are all named, each with what to write."""

from typing import cast

from ice_core.errors import Location
from ice_sdk.setting_faults import setting_faults
from ice_sdk.settings import ComponentSettings

WHERE = Location("acme/csv.py", line=3)


def faults(**settings: object) -> dict[str, tuple[str, tuple[str, ...]]]:
    found = setting_faults("agent", cast("ComponentSettings", settings), WHERE)
    assert all(fault.where == WHERE for fault in found.values())
    return {name: (fault.slug, fault.hints) for name, fault in found.items()}


def test_sound_settings_have_none() -> None:
    assert {} == faults(name="csv", version="1.0.0", iceos_min=None, tags=[])


def test_each_fault_is_there_under_its_setting() -> None:
    assert {
        "tag": ("declaration-invalid", ("Did you mean `tags`?",)),
        "zzz": ("declaration-invalid", ()),
        "name": ("declaration-invalid", ('Write `@agent(name="csv_reader")`',)),
        "version": ("version-invalid", ('Write `@agent(version="1.0.0")`',)),
        "iceos_min": ("declaration-invalid", ('Write `@agent(iceos_min="1.0.0")`',)),
    } == faults(tag=[], zzz=1, name=3, version="1", iceos_min=1.0)
