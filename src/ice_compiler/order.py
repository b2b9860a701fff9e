"""The order of a blueprint's nodes: each after what it depends on, otherwise as written; circles, with their paths."""

import heapq
from collections.abc import Mapping, Sequence

from ice_compiler.findings import Findings, near
from ice_compiler.parse import Draft, DraftNode


def ordered(draft: Draft, findings: Findings) -> tuple[DraftNode, ...]:
    """The nodes in their static order; those in a circle come last, and each circle is a finding."""
    by_id = {node.model.id: node for node in draft.nodes}
    after = {node.model.id: _dependencies(node, by_id, draft, findings) for node in draft.nodes}
    order = _sorted(by_id, after)
    placed = {node.model.id for node in order}
    left = [node for node in draft.nodes if node.model.id not in placed]
    _report_circles(left, after, findings)
    return (*order, *left)


def _dependencies(node: DraftNode, by_id: Mapping[str, DraftNode], draft: Draft, findings: Findings) -> tuple[str, ...]:
    known = []
    for index, name in enumerate(node.model.dependencies):
        if name in by_id:
            known.append(name)
        elif name not in draft.broken:
            hints = [f"`{other}` is a node; did you mean that?" for other in near(name, by_id)]
            if name == "inputs":
                hints = ["The inputs are always there; take `inputs` out of the `dependencies`"]
            findings.add(
                "dependency-unknown",
                f"`{node.model.id}` depends on `{name}`, and no node has that id",
                (*node.path, "dependencies", index),
                expected="the id of a node of this blueprint",
                found=f"`{name}`",
                hints=tuple(hints),
            )
    return tuple(dict.fromkeys(known))


def _sorted(by_id: Mapping[str, DraftNode], after: Mapping[str, Sequence[str]]) -> list[DraftNode]:
    waiting = {name: len(before) for name, before in after.items()}
    followers: dict[str, list[str]] = {name: [] for name in by_id}
    for name, before in after.items():
        for other in before:
            followers[other].append(name)
    ready = [(by_id[name].index, name) for name, count in waiting.items() if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        _, name = heapq.heappop(ready)
        order.append(by_id[name])
        for follower in followers[name]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, (by_id[follower].index, follower))
    return order


def _report_circles(left: Sequence[DraftNode], after: Mapping[str, Sequence[str]], findings: Findings) -> None:
    waiting = {node.model.id: node for node in left}
    while waiting:
        # From any node that waits forever, going back leads into a circle.
        path: list[str] = []
        name = next(iter(waiting))
        while name not in path:
            path.append(name)
            name = next(other for other in after[name] if other in waiting)
        circle = path[path.index(name) :]
        _report(circle, waiting, findings)
        # With the circle broken, what only followed it no longer waits.
        waiting = {key: node for key, node in waiting.items() if key not in circle}
        rest = {key: [other for other in after[key] if other in waiting] for key in waiting}
        free = {node.model.id for node in _sorted(waiting, rest)}
        waiting = {key: node for key, node in waiting.items() if key not in free}


def _report(circle: list[str], by_id: Mapping[str, DraftNode], findings: Findings) -> None:
    first = min(circle, key=lambda name: by_id[name].index)
    turned = circle[circle.index(first) :] + circle[: circle.index(first)]
    node, following = by_id[first], turned[1 % len(turned)]
    words = " depends on ".join(f"`{name}`" for name in [*turned, first])
    findings.add(
        "dependency-cycle",
        f"these nodes wait for each other: {words}" if len(turned) > 1 else f"`{first}` waits for itself",
        (*node.path, "dependencies", node.model.dependencies.index(following)),
        expected="an order in which each node follows what it depends on",
        found=" -> ".join([*turned, first]),
        hints=(f"Take one of them out, for example `{following}` out of the `dependencies` of `{first}`",),
    )
