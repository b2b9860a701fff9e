"""Discovery refuses the network: nothing arrives at a real server, and the line that asked is named."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ice_core.errors import IceError
from ice_sdk.autodiscover import discover
from tests.ice_sdk.conftest import WriteProject

READS = "from ice_sdk import tool\n\n@tool\ndef reads(path: str) -> str:\n    return path\n"
# How a module may reach out; PORT is that of a server on this machine which nothing may reach.
WAYS = {
    "socket": ("import socket\nsocket.create_connection(('127.0.0.1', PORT), 2)\n", "127.0.0.1:PORT"),
    "urllib": ("import urllib.request\nurllib.request.urlopen('http://127.0.0.1:PORT/')\n", "127.0.0.1:PORT"),
    "name": ("import socket\nsocket.gethostbyname('api.acme.test')\n", "api.acme.test"),
    "bind": ("import socket\nsocket.socket().bind(('0.0.0.0', 0))\n", "0.0.0.0:0"),
    "datagram": (
        "import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))\n",
        "127.0.0.1:PORT",
    ),
    "asyncio": (
        "import asyncio\nasyncio.run(asyncio.wait_for(asyncio.open_connection('127.0.0.1', PORT), 2))\n",
        "127.0.0.1:PORT",
    ),
}


@pytest.fixture
def server() -> Iterator[socket.socket]:
    """A server that is listening, so that what gets through would be seen."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        yield listening


def nobody_came(server: socket.socket) -> bool:
    try:
        server.accept()
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("way", WAYS)
def test_a_module_that_needs_the_network_is_refused_with_its_line(
    way: str, write_project: WriteProject, server: socket.socket
) -> None:
    port = str(server.getsockname()[1])
    code, subject = (text.replace("PORT", port) for text in WAYS[way])
    root = write_project({"src/acme/__init__.py": "", "src/acme/csv.py": f"{READS}{code}"})
    with pytest.raises(IceError) as refused:
        discover(root)

    error = refused.value
    assert "discovery-network-refused" == error.slug
    assert f"`{subject}` was asked for over the network" in error.finding.message
    assert "src/acme/csv.py:7" == str(error.where)
    assert "acme.csv" == error.finding.details["importing"]
    assert nobody_came(server)


def test_a_module_that_goes_without_is_exported_with_a_warning(
    write_project: WriteProject, server: socket.socket
) -> None:
    port = server.getsockname()[1]
    code = f"import socket\ntry:\n    socket.create_connection(('127.0.0.1', {port}), 2)\nexcept OSError:\n    pass\n"
    found = discover(write_project({"src/acme/__init__.py": "", "src/acme/csv.py": f"{READS}{code}"}))
    (warning,) = found.warnings

    assert ["tool:reads"] == [str(item.id) for item in found.components]
    assert ("discovery-network-refused", "warning", "src/acme/csv.py:8") == (
        warning.slug,
        warning.severity,
        str(warning.where),
    )
    assert "audit hook" == found.network_refused_by[0]
    assert nobody_came(server)


def test_a_process_that_a_module_starts_has_no_network_where_there_is_a_namespace(
    write_project: WriteProject, server: socket.socket
) -> None:
    port = server.getsockname()[1]
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', '{connect(port)}'], capture_output=True)\n"
    found = discover(write_project({"src/acme/__init__.py": "", "src/acme/csv.py": f"{READS}{code}"}))

    assert ("network namespace" in found.network_refused_by) is nobody_came(server)


def connect(port: int) -> str:
    return f"import socket; socket.create_connection((\\'127.0.0.1\\', {port}), 2)"


def test_the_hook_alone_refuses_and_leaves_sockets_by_a_path_alone(tmp_path: Path, server: socket.socket) -> None:
    """Where the kernel gives no namespace: what goes through `socket` is refused, AF_UNIX is not."""
    code = f"""
import pathlib, socket
from ice_sdk.network_refusal import NetworkRefusal
refusal = NetworkRefusal(pathlib.Path("/nowhere"), in_namespace=False)
one, other = socket.socketpair()
one.sendall(b"x")
socket.socket().bind(("127.0.0.1", 0))  # as libraries try at import whether there is IPv6
with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
    server.bind({str(tmp_path / "s")!r}); server.listen(); client.connect({str(tmp_path / "s")!r})
for _ in range(2):
    try:
        socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 2)
    except OSError as error:
        print(type(error).__name__, error)
print(refusal.means, [(each.subject, each.file) for each in refusal.attempts])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    asked = f"127.0.0.1:{server.getsockname()[1]}"
    refused = f"NetworkRefused [Errno 13] the network is refused while components are discovered: '{asked}'"

    assert [refused, refused, f"('audit hook',) [('{asked}', None)]"] == said.splitlines()
    assert nobody_came(server)


def test_files_are_made_as_before(write_project: WriteProject) -> None:
    """A namespace changes neither the user nor what the user may write."""
    code = (
        "import os, pathlib\npathlib.Path(__file__).with_suffix('.txt').write_text(f'{os.geteuid()} {os.getegid()}')\n"
    )
    root = write_project({"src/acme/__init__.py": "", "src/acme/csv.py": f"{READS}{code}"})
    discover(root)
    made = root / "src" / "acme" / "csv.txt"

    assert f"{made.stat().st_uid} {made.stat().st_gid}" == made.read_text()
