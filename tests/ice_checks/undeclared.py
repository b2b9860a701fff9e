"""What `permission-undeclared` says of a subject, and sources to ask it about."""

from ice_checks.check import Subject
from ice_checks.permission_undeclared import CHECK
from ice_core.errors import Finding
from ice_core.strict_json import JsonValue

# A module of the same package that fetches.
NET: dict[str, str | bytes] = {"acme_csv/net.py": "import requests\n\n\ndef get(u):\n    return requests.get(u)\n"}


def found(subject: Subject) -> list[Finding]:
    return sorted(CHECK.run(subject), key=Finding.sort_key)


def told(subject: Subject) -> list[tuple[JsonValue, str]]:
    """The permission and the place of each finding."""
    return [(finding.details["permission"], str(finding.where)) for finding in found(subject)]


def body(lines: str, *, imports: str = "") -> str:
    """A module whose tool has this body; its first line is line 4 of the module when there is one line of imports."""
    inside = "".join(f"    {line}\n" for line in lines.splitlines())
    return f"{imports}\n\n\ndef read(text):\n{inside}"
