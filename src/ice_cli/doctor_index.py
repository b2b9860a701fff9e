"""What `ice doctor` says of the local index: whether starts can use it, and what brings it up to date."""

from collections.abc import Iterator

from ice_cli.observations import Observation, Surroundings, good, note, warning
from ice_cli.output import counted
from ice_core.index import Index
from ice_core.index_renewal import index_state

MEND = "To bring it up to date, run `ice plugins sync`"


def local_index(around: Surroundings) -> Iterator[Observation]:
    """Whether the index of the home's manifests tells of what is there; each of its stamps is compared."""
    state = index_state(around.home)
    index = Index.open(around.home.place)
    if state == "fresh" and index is not None:
        head = index.head
        held = f"{counted(head['components'], 'component')} of {counted(head['packages'], 'manifest')}"
        yield good(f"the local index tells of {held}")
    elif state == "stale":
        yield note("the local index is of another time; the next start reads everything, and renews it", mend=MEND)
    elif state == "unusable":
        yield warning("the local index is not what this machine wrote, so it is not used", mend=MEND)
    elif _has_manifests(around):
        yield note("there is no local index, so each start reads and verifies every manifest", mend=MEND)
    else:
        yield good("there is nothing to index")


def _has_manifests(around: Surroundings) -> bool:
    home = around.home
    return home.manifest.exists() or (home.manifests.is_dir() and any(home.manifests.glob("*.json")))
