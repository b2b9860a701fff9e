"""A Vault on the loopback interface: as much of the transit engine's HTTP API as signing with ed25519 keys takes.

It holds real keys and signs with them; what it cannot do is keep them safe.
"""

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TOKEN = "hvs.CAESIJ-a-token-that-must-not-be-seen"


@dataclass(kw_only=True)
class FakeVault:
    """Keys by name, each with its versions from 1 on, and what was asked.

    Attributes:
        keys: The private keys.
        address: What `$VAULT_ADDR` says while it serves.
        requests: Method and path of each request.
        answer: Replaces what is answered to a signature, where set.
        status: Is answered to everything, where set.
    """

    keys: dict[str, list[Ed25519PrivateKey]]
    address: str = ""
    requests: list[str] = field(default_factory=list)
    answer: object = None
    status: int | None = None

    def read_key(self, name: str) -> object:
        """`GET /v1/transit/keys/NAME`."""
        versions = {
            str(number): {"public_key": base64.b64encode(each.public_key().public_bytes_raw()).decode()}
            for number, each in enumerate(self.keys[name], start=1)
        }
        return {"data": {"type": "ed25519", "keys": versions, "latest_version": len(versions)}}

    def sign(self, name: str, asked: dict[str, object]) -> object:
        """`POST /v1/transit/sign/NAME`."""
        if self.answer is not None:
            return self.answer
        number = int(str(asked["key_version"]))
        signature = self.keys[name][number - 1].sign(base64.b64decode(str(asked["input"])))
        return {"data": {"signature": f"vault:v{number}:{base64.b64encode(signature).decode()}"}}


@contextmanager
def serving(vault: FakeVault) -> Iterator[FakeVault]:
    """The Vault on a free port of 127.0.0.1, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do()

        def do_POST(self) -> None:
            self._do()

        def do_PUT(self) -> None:
            self._do()

        def _do(self) -> None:
            vault.requests.append(f"{self.command} {self.path}")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found = re.fullmatch(r"/v1/transit/(keys|sign)/([^/]+)", self.path)
            if self.headers.get("X-Vault-Token") != TOKEN:
                # A server may repeat what it was sent; nothing of it may be shown.
                return self._answer(403, {"errors": [f"permission denied for {self.headers.get('X-Vault-Token')}"]})
            if vault.status is not None:
                return self._answer(vault.status, {"errors": [f"no, {TOKEN}"]})
            if found is None or found[2] not in vault.keys:
                return self._answer(404, {"errors": []})
            answer = vault.read_key(found[2]) if found[1] == "keys" else vault.sign(found[2], json.loads(body))
            return self._answer(200, answer)

        def _answer(self, status: int, value: object) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        vault.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield vault
        finally:
            server.shutdown()
            thread.join()
