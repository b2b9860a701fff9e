"""A package whose components do what an isolated process must stand, each in a few lines."""

import asyncio
from pathlib import Path

from ice_core.strict_json import JsonObject, JsonValue
from ice_orchestrator.isolation.limits import Limits
from ice_orchestrator.result import RunResult
from ice_orchestrator.run import run_plan
from tests.builders.installed import entry, install_package, plan_for
from tests.builders.plans import node
from tests.ice_orchestrator.packages import loaded

SOURCE = '''
import asyncio, os, resource, signal, socket, subprocess, sys, time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ice_sdk import Context, agent, tool


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@tool
def surroundings() -> dict[str, Any]:
    """What the process is."""
    return {
        "environment": dict(os.environ), "session": os.getsid(0) == os.getpid(), "folder": os.getcwd(),
        "descriptors": [each for each in range(64) if _is_open(each)],
        "flags": [sys.flags.isolated, sys.flags.no_site], "standard input": sys.stdin.read(),
        "limits": {name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[0]
                   for name in ("AS", "CPU", "NOFILE", "FSIZE", "CORE", "NPROC")},
    }


@tool
def leaves() -> int:
    """Ends the process."""
    os._exit(0)


@tool
def crashes() -> int:
    """Ends the process by a signal."""
    os.kill(os.getpid(), signal.SIGSEGV)
    return 1


@tool
def busy() -> int:
    """Never returns."""
    while True:
        pass


@tool
def sleeps() -> int:
    """Never returns, either."""
    print("asleep", flush=True)
    time.sleep(600)
    return 1


@tool
def hungry(mib: int) -> int:
    """Takes memory."""
    return len(bytearray(mib * 1024 * 1024))


@tool
def floods() -> int:
    """Prints without end, and returns."""
    for _ in range(40):
        sys.stdout.write("x" * 65536 + "\\n")
    return 1


@tool
def forges() -> int:
    """Prints what looks like an answer, on both streams."""
    print('{"result":"666"}', flush=True)
    os.write(2, b'{"result":"666"}\\n')
    return 1


def _channel() -> socket.socket:
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                return socket.socket(fileno=os.dup(int(name)))
        except OSError:
            continue
    raise LookupError


@tool
def interferes(line: str) -> int:
    """Writes a line into the socket itself."""
    _channel().sendall(line.encode() + b"\\n")
    time.sleep(600)
    return 1


@tool
def leaves_children(marker: str) -> int:
    """Returns, and leaves a program behind that would leave a marker."""
    code = f"import time, pathlib; time.sleep(3); pathlib.Path({marker!r}).touch()"
    return subprocess.Popen([sys.executable, "-I", "-c", code]).pid


@tool
def multiplies() -> int:
    """Starts programs, sixty at most."""
    for _ in range(60):
        subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"])
        time.sleep(0.02)
    time.sleep(60)
    return 1


@tool
def forks() -> int:
    """Starts a copy of itself without saying so in its manifest."""
    return os.fork()


@tool
def fails(text: str) -> int:
    """Raises."""
    raise LookupError(f"nothing like {text}")


@tool
def stream(count: int) -> Iterator[int]:
    """Yields."""
    yield from range(count)


@tool
async def slow(text: str) -> str:
    """An async component."""
    await asyncio.sleep(0.01)
    return await asyncio.to_thread(text.upper)


@tool
def tells(text: str, context: Context) -> list[str]:
    """What its context says."""
    return [text, context.run_id, context.node_id, context.idempotency_key]


@agent
async def asks(text: str, context: Context) -> list[str]:
    """Calls others."""
    context.usage(tokens=7)
    return list(await asyncio.gather(*(context.call("slow", text=text * number) for number in (1, 2, 3))))


@agent
def asks_in_line(text: str, context: Context) -> str:
    """Calls another, in line."""
    return context.call_sync("tool:slow", text=text)


@agent
async def oversteps(component: str, context: Context) -> str:
    """Calls what it may not."""
    return await context.call(component, text="x")


@agent
async def waits_for_itself(context: Context) -> str:
    """Uses the wrong one of two calls."""
    return context.call_sync("tool:slow", text="x")


@agent
def overspends(context: Context) -> int:
    """Reports more than it may use."""
    context.usage(tokens=1000)
    return 1


@tool
def lies() -> int:
    """Gives what it did not promise."""
    return 5


@tool
def bends() -> float:
    """Gives what is no JSON."""
    return float("nan")


@tool
def scratches(elsewhere: str) -> list[str]:
    """Works in temporary files, then tries to get out of their folder."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "a.txt"
        made.write_text("scratch")
        found = [made.read_text(), *os.listdir(folder)]
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x")
    link = Path(tempfile.gettempdir()) / "link"
    for step in (lambda: os.link(elsewhere, link), lambda: Path(elsewhere).read_text(),
                 lambda: Path(tempfile.gettempdir(), "..", "iceos-out").touch()):
        try:
            step()
        except PermissionError:
            found.append("refused")
    return found


@tool
def writes(path: str) -> str:
    """Writes a file."""
    return str(Path(path).write_text("x"))
'''
NAMES = sorted(
    line.removeprefix("async ").removeprefix("def ").partition("(")[0]
    for before, line in zip(SOURCE.split("\n"), SOURCE.split("\n")[1:], strict=False)
    if before in ("@tool", "@agent")
)
AGENTS = ("asks", "asks_in_line", "oversteps", "waits_for_itself", "overspends")
MAY_START: JsonObject = {"subprocess": True, "filesystem": ["read"]}
MEMBERS: dict[str, JsonObject] = {
    "surroundings": {"permissions": {"environment": ["ACME_KEY", "ACME_ABSENT"]}},
    "crashes": {"permissions": {"subprocess": True}},
    "floods": {},
    "interferes": {"permissions": {"filesystem": ["read"]}},
    "leaves_children": {"permissions": MAY_START},
    "multiplies": {"permissions": MAY_START},
    "asks": {"permissions": {"tools": ["tool:slow"]}, "max_tokens": 100,
             "cost_estimate": {"base": 0.5, "per_token": 0.01, "currency": "USD"}},
    "asks_in_line": {"permissions": {"tools": ["tool:slow"]}},
    "waits_for_itself": {"permissions": {"tools": ["tool:slow"]}},
    "overspends": {"max_tokens": 100},
    "lies": {"schema": {"input": {"type": "object"}, "output": {"type": "integer", "maximum": 4}}},
    "stream": {"schema": {"input": {"type": "object"}, "output": {"type": "array", "maxItems": 3}}},
}  # fmt: skip


def install(home: Path) -> None:
    """Installs the package."""
    entries = [
        {**entry(name, f"acme_alone:{name}", node_type="agent" if name in AGENTS else "tool"), **MEMBERS.get(name, {})}
        for name in NAMES
    ]
    install_package(home, "acme-alone", {"acme_alone/__init__.py": SOURCE}, entries)


def run(
    home: Path,
    name: str,
    arguments: JsonObject | None = None,
    *,
    isolation: Limits | None = Limits(),  # noqa: B008  it is frozen
    no_dynamic: bool = True,
    **members: JsonValue,
) -> RunResult:
    """A run of one component, isolated."""
    install(home)
    registry = loaded(home, no_dynamic=no_dynamic)
    component = f"{'agent' if name in AGENTS else 'tool'}:{name}"
    also = ["tool:slow", "tool:lies"] if name in AGENTS else []
    one = node("n", component, arguments=arguments or {}, **members)
    plan = plan_for(registry, one, also=also, outputs={"n": "{{ n }}"})
    return asyncio.run(run_plan(plan, {}, registry=registry, isolation=isolation, run_id="r"))
