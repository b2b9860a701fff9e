"""The versions of iceos and of its manifests; iceos's own is kept equal to pyproject.toml by a test.

Installed metadata would cost every start too much.
"""

VERSION = "1.0.0"
SCHEMA_VERSION = "plugins.v0"
