"""The MCP compiler tier: blueprints checked against manifests alone."""
