"""The versions of iceos and of its manifests; iceos's own is kept equal to pyproject.toml by a test.

Installed metadata would cost every start too much.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

VERSION: Final = "1.0.0"
SCHEMA_VERSION: Final = "plugins.v0"
