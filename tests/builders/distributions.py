"""Distributions as an installer leaves them in site-packages, which leave a marker if anything of them is imported."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from tests.builders.homes import write

POINT = "[iceos_plugins]\nacme_plugins = acme_csv:plugins.json\n"


def distribution(
    site: Path,
    *,
    name: str = "acme-csv",
    version: str = "1.2.3",
    entry_points: str = POINT,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Installs a distribution into `site` as an installer does; the package leaves a marker if it is imported."""
    content = {"acme_csv/plugins.json": b'{"a": 1}'} if files is None else dict(files)
    marker = site / f"{name}.imported"
    content["acme_csv/__init__.py"] = f"open({str(marker)!r}, 'w').close()\n".encode()
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    content[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    content[f"{info}/entry_points.txt"] = entry_points.encode()
    rows = [
        f"{path},sha256={urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}"
        for path, data in content.items()
    ]
    content[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,"]).encode()
    for path, data in content.items():
        write(site / path, data)
    return marker
