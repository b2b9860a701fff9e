"""A real package index (PEP 503) on 127.0.0.1, for what uv takes from an index in tests."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def package_index(wheels: Mapping[str, tuple[str, bytes]]) -> Iterator[tuple[str, list[str]]]:
    """Serves one wheel (file name, bytes) for each package name; gives the index's URL and the paths asked for."""
    asked: list[str] = []
    pages = {f"/simple/{name}/": f'<a href="/files/{file}">{file}</a>'.encode() for name, (file, _) in wheels.items()}
    files = {f"/files/{file}": data for file, data in wheels.values()}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = pages.get(self.path) or files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", "text/html" if self.path in pages else "application/octet-stream")
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/simple", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
