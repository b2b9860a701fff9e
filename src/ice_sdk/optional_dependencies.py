"""Which extra of a project brings a module that could not be imported, by the names of distributions.

The module is not installed, so nothing can be asked for certain: a distribution is taken to bring it when its name is
that of the module (PEP 503), has a usual affix (`python-docx`, `pyyaml`), or is one of the well-known exceptions.
"""

from collections.abc import Mapping
from importlib.metadata import packages_distributions
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

# Top-level modules whose distribution has another name altogether.
_OTHERWISE_NAMED: Final = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python",
    "fitz": "pymupdf",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
}


def read_extras(*tables: object) -> Mapping[str, frozenset[str]]:
    """For each extra the normalised names of what it brings; a requirement that cannot be read is passed over.

    Args:
        tables: `[project.optional-dependencies]`, `[tool.poetry.extras]`, or what is there instead.
    """
    extras: dict[str, frozenset[str]] = {}
    for table in tables:
        for name, listed in table.items() if isinstance(table, dict) else ():
            texts = [text for text in listed if isinstance(text, str)] if isinstance(listed, list) else []
            extras[name] = extras.get(name, frozenset()) | {
                distribution for text in texts if (distribution := _distribution(text)) is not None
            }
    return extras


def extra_bringing(module: str, extras: Mapping[str, frozenset[str]]) -> str | None:
    """The extra that would bring a module, given by its full name; the smallest when several would."""
    distributions = _distributions(module)
    bringing = [name for name, brought in extras.items() if brought & distributions]
    return min(bringing, key=lambda name: (len(extras[name]), name), default=None)


def _distribution(text: str) -> str | None:
    try:
        return canonicalize_name(Requirement(text).name)
    except InvalidRequirement:
        return None


def _distributions(module: str) -> frozenset[str]:
    top = module.partition(".")[0]
    steps = module.split(".")
    # `google.cloud.storage` comes with `google-cloud-storage`.
    names: set[str] = {canonicalize_name(".".join(steps[:count])) for count in range(1, len(steps) + 1)}
    first = canonicalize_name(top)
    names |= {f"python-{first}", f"py{first}", f"{first}-python"}
    names |= {canonicalize_name(_OTHERWISE_NAMED[top])} if top in _OTHERWISE_NAMED else set()
    return frozenset(names | {canonicalize_name(found) for found in packages_distributions().get(top, ())})
