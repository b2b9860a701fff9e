"""Registrations that no manifest lists: recorded, warned of, or refused."""

import threading
import warnings

import pytest

from ice_core import dynamic
from ice_core.dynamic import Announcement, DynamicWatch, UnlistedComponentWarning
from ice_core.errors import IceError
from ice_core.names import ComponentId, ImportTarget
from ice_core.strict_json import JsonObject


class Listed:
    """A listing of ids with one target each."""

    def __init__(self, **components: str) -> None:
        self.components = {ComponentId("tool", name): ImportTarget.parse(text) for name, text in components.items()}
        self.sources: tuple[tuple[str, int], ...] = (("~/.iceos/plugins.json", 14), ("entry point `acme`", 1))

    def listed_ids(self) -> tuple[ComponentId, ...]:
        return tuple(self.components)

    def listed_targets(self, component: ComponentId) -> frozenset[ImportTarget]:
        return frozenset({self.components[component]} if component in self.components else ())


def not_called() -> JsonObject:
    raise AssertionError("an announcement is described only when it is looked up")


def announcement(name: str = "csv_reader", *, target: str = "my_pkg.csv:CsvReader", line: int = 12) -> Announcement:
    return Announcement(ComponentId("tool", name), ImportTarget.parse(target), "my_pkg/csv.py", line, not_called)


def test_without_a_registry_an_announcement_is_only_recorded() -> None:
    watch = DynamicWatch()

    watch.announce(announcement())

    assert ["Announcement('tool:csv_reader', 'my_pkg.csv:CsvReader', my_pkg/csv.py:12)"] == list(
        map(repr, watch.announced())
    )
    assert () == watch.unlisted()


def test_a_listed_component_is_announced_in_silence() -> None:
    watch = DynamicWatch()
    watch.watch(Listed(csv_reader="my_pkg.csv:CsvReader"), no_dynamic=True)

    watch.announce(announcement())

    assert 1 == len(watch.announced())
    assert () == watch.unlisted()


def test_an_instance_is_held_to_its_module_until_its_name_is_known() -> None:
    found = ImportTarget("my_pkg.csv", "")
    late = Announcement(
        ComponentId("tool", "csv_reader"), found, "my_pkg/csv.py", 12, not_called, find_target=lambda: found
    )
    watch = DynamicWatch()
    watch.watch(Listed(csv_reader="my_pkg.csv:reader"), no_dynamic=True)

    watch.announce(late)
    found.attribute = "other"

    assert "my_pkg.csv:other" == str(late.target)
    with pytest.raises(IceError) as refused:
        watch.watch(Listed(csv_reader="my_pkg.csv:reader"), no_dynamic=True)
    assert "component-not-in-manifest" == refused.value.slug


def test_an_unlisted_component_is_warned_of_with_its_place_and_the_command() -> None:
    watch = DynamicWatch()
    watch.watch(Listed(csv_reader_fast="acme.fast:Reader"), no_dynamic=False)

    with pytest.warns(UnlistedComponentWarning) as caught:
        watch.announce(announcement())

    assert [("my_pkg/csv.py", 12)] == [(each.filename, each.lineno) for each in caught]
    assert (
        "WARN dynamic component: `tool:csv_reader` was registered by code, and no manifest lists it\n"
        "  Manifests read, in this order:\n"
        "    ~/.iceos/plugins.json    14 components\n"
        "    entry point `acme`        1 component\n"
        "note: It runs for now; under `--no-dynamic` it is refused. Add it to the manifest.\n"
        "hint: To list it, run `ice plugins export --output plugins.json` in the project that holds `my_pkg`\n"
        "hint: `tool:csv_reader_fast` is listed; did you mean that?"
    ) == str(caught[0].message)
    assert ["tool:csv_reader"] == [str(each.component) for each in watch.unlisted()]


def test_an_unlisted_component_is_refused_when_nothing_may_be_dynamic() -> None:
    watch = DynamicWatch()
    watch.watch(Listed(), no_dynamic=True)

    with pytest.raises(IceError) as caught:
        watch.announce(announcement())

    assert "component-not-in-manifest" == caught.value.slug
    assert "my_pkg/csv.py:12" == str(caught.value.where)
    assert "`--no-dynamic` runs only what a verified manifest lists." == caught.value.finding.note
    assert {"component": "tool:csv_reader", "import": "my_pkg.csv:CsvReader"} == caught.value.finding.details
    assert () == watch.announced()


@pytest.mark.parametrize("no_dynamic", [False, True])
def test_a_listed_name_does_not_cover_an_object_elsewhere(no_dynamic: bool) -> None:
    """Otherwise any module could stand in for what was signed."""
    watch = DynamicWatch()
    watch.watch(Listed(csv_reader="acme.csv:CsvReader"), no_dynamic=no_dynamic)

    with pytest.raises(IceError) if no_dynamic else pytest.warns(UnlistedComponentWarning) as caught:
        watch.announce(announcement())

    if isinstance(caught, pytest.ExceptionInfo):
        assert "acme.csv:CsvReader" == caught.value.finding.expected
        assert "my_pkg.csv:CsvReader" == caught.value.finding.found


def test_earlier_announcements_are_judged_when_a_registry_is_watched() -> None:
    watch = DynamicWatch()
    watch.announce(announcement("second", line=20))
    watch.announce(announcement("first", line=3))

    with pytest.raises(IceError) as caught:
        watch.watch(Listed(), no_dynamic=True)

    assert "component-not-in-manifest" == caught.value.slug
    assert [3, 20] == [finding.where.line for finding in caught.value.findings if finding.where]
    assert caught.value.finding.message.endswith(", and 1 more fault")


def test_a_refused_registry_leaves_the_former_one_watched() -> None:
    watch = DynamicWatch()
    watch.watch(Listed(csv_reader="my_pkg.csv:CsvReader"), no_dynamic=False)
    watch.announce(announcement())
    with pytest.raises(IceError, match="component-not-in-manifest"):
        watch.watch(Listed(), no_dynamic=True)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        watch.announce(announcement())

    assert () == watch.unlisted()


def test_watching_warns_of_earlier_announcements_in_their_order() -> None:
    watch = DynamicWatch()
    watch.announce(announcement("second", line=20))
    watch.announce(announcement("first", line=3))

    with pytest.warns(UnlistedComponentWarning) as caught:
        watch.watch(Listed(), no_dynamic=False)

    assert [3, 20] == [each.lineno for each in caught]
    assert 2 == len(watch.unlisted())


def test_a_registry_without_manifests_says_that_none_was_read() -> None:
    assert ("No manifest was read.",) == dynamic.source_lines(())


def test_announcing_again_replaces_what_was_announced() -> None:
    watch = DynamicWatch()

    for line in (1, 2):
        watch.announce(announcement(line=line))

    assert [2] == [each.line for each in watch.announced()]


def test_reset_forgets_everything() -> None:
    watch = DynamicWatch()
    watch.watch(Listed(csv_reader="my_pkg.csv:CsvReader"), no_dynamic=True)
    watch.announce(announcement())

    watch.reset()
    watch.announce(announcement("other"))

    assert ["tool:other"] == [str(each.component) for each in watch.announced()]


def test_what_was_set_aside_comes_back_after_an_error() -> None:
    watch = DynamicWatch()
    watch.announce(announcement())

    def fail_inside() -> None:
        with watch.set_aside():
            watch.announce(announcement("other"))
            raise KeyError

    with pytest.raises(KeyError):
        fail_inside()

    assert ["tool:csv_reader"] == [str(each.component) for each in watch.announced()]


def test_the_functions_of_the_module_are_the_process_s_own_watch() -> None:
    dynamic.announce(announcement())
    with pytest.warns(UnlistedComponentWarning):
        dynamic.watch(Listed(), no_dynamic=False)
    before = (len(dynamic.announced()), len(dynamic.unlisted()))

    dynamic.forget()

    assert (1, 1) == before
    assert () == dynamic.announced()
    assert () == dynamic.unlisted()


def test_threads_lose_no_announcement() -> None:
    watch = DynamicWatch()

    def announce_fifty(prefix: str) -> None:
        for number in range(50):
            watch.announce(announcement(f"{prefix}{number}"))

    threads = [threading.Thread(target=announce_fifty, args=(prefix,)) for prefix in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 200 == len(watch.announced())
