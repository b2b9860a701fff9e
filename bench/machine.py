"""What a reader must know of the machine to compare figures; nothing by which it could be recognised."""

import os
import platform
import sqlite3
import sys
from pathlib import Path

from ice_core.strict_json import JsonObject


def machine() -> JsonObject:
    """Processors, memory, load, system and interpreter."""
    return {
        "processors": os.cpu_count() or 0,
        "processor": _processor(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load_before": round(os.getloadavg()[0], 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "optimised": sys.flags.optimize > 0,
        "sqlite": sqlite3.sqlite_version,
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()
