"""`wheel-manifest-missing`: a wheel that is installed without a bundle brings its manifest along.

`ice publish` puts the manifest in by itself; this speaks of wheels that were built otherwise. What makes a wheel hold
the file depends on the back end, whose name stands in the wheel.
"""

from collections.abc import Iterator

from ice_checks.check import Check, Subject
from ice_checks.wheel_refusals import refusals
from ice_core.canonical import manifest_digest
from ice_core.errors import Finding, Location
from ice_core.names import ImportTarget
from ice_core.wheel_agreement import check_manifest_inside
from ice_core.wheels import MANIFEST_FILE, PluginWheel

# How the line `Generator:` of the file WHEEL begins. Seen with setuptools 84 (older ones write `bdist_wheel`), and with
# hatchling 1.33, flit 4.2, poetry-core 2.5, uv_build 0.13 and pdm-backend 2.5.
_LEAVES_OUT = ("setuptools", "bdist_wheel")
_TAKES = ("hatchling", "flit", "poetry-core", "uv", "pdm-backend")


def _find(subject: Subject) -> Iterator[Finding]:
    digest = manifest_digest(subject.value)
    for wheel, refused in refusals(
        subject, "wheel-manifest-missing", lambda wheel: check_manifest_inside(wheel, digest)
    ):
        package = min(
            (ImportTarget.parse(entry.import_).top_level for _, entry in subject.entries()), default="PACKAGE"
        )
        file = f"{subject.source_folder}{package}/{MANIFEST_FILE}"
        yield Finding(
            "wheel-manifest-missing",
            refused.message,
            where=Location(wheel.filename),
            expected=f"a member `{package}/{MANIFEST_FILE}`",
            found=refused.found,
            note=f"The wheel was built by {_generator(wheel) or 'an unknown back end'}.",
            hints=(
                f"Let the file lie in the package: run `ice plugins export --output {file}`",
                _how_it_is_taken(_generator(wheel), package),
                "Or run `ice publish`, which puts the file into the wheel that it builds",
            ),
        )


def _how_it_is_taken(generator: str, package: str) -> str:
    setting = f'write `{package} = ["{MANIFEST_FILE}"]` under `[tool.setuptools.package-data]` in pyproject.toml'
    if generator.startswith(_LEAVES_OUT):
        return f"Then {setting}, and build anew"
    if generator.startswith(_TAKES):
        return "Then build anew; this back end takes every file of the package that version control does not ignore"
    return f"Then build anew; for setuptools, {setting}"


def _generator(wheel: PluginWheel) -> str:
    """What built the wheel, as its file WHEEL says (PEP 427); empty if it does not."""
    member = next(name for name in wheel.archive.names if name.endswith(".dist-info/WHEEL") and name.count("/") == 1)
    lines = wheel.read(member).decode("utf-8", errors="replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("Generator:")), "")


CHECK = Check(slug="wheel-manifest-missing", severity="error", run=_find)
