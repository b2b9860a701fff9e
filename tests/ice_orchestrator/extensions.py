"""Really compiled extension modules, if this machine has a C compiler."""

import shutil
import subprocess
import sysconfig
from functools import cache
from pathlib import Path

import pytest
from packaging.tags import sys_tags

COMPILER = shutil.which("cc") or shutil.which("gcc")
HEADERS = Path(sysconfig.get_path("include")) / "Python.h"
needs_compiler = pytest.mark.skipif(COMPILER is None or not HEADERS.is_file(), reason="no C compiler for Python here")
SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))

SOURCE = """
#include <Python.h>
{declared}
static PyObject *answer(PyObject *self, PyObject *unused) {{ return PyLong_FromLong({value}); }}
static PyMethodDef methods[] = {{{{"answer", answer, METH_NOARGS, "The answer."}}, {{NULL, NULL, 0, NULL}}}};
static int executed(PyObject *module) {{ return PyModule_AddIntConstant(module, "EXECUTED", 1); }}
static PyModuleDef_Slot slots[] = {{{{Py_mod_exec, executed}}, {{0, NULL}}}};
static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, "{name}", "Compiled.", 0, methods, {slots}, 0, 0, 0}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return {initialised}; }}
"""


def platform_tag() -> str:
    """The tag of a wheel that was compiled here."""
    return str(next(iter(sys_tags())))


@cache
def shared_library(folder: Path, name: str, source: str, *options: str) -> Path:
    """Compiles a shared library."""
    assert COMPILER is not None
    path, made = folder / f"{name}.c", folder / f"{name}.so"
    path.write_text(source)
    include = sysconfig.get_path("include")
    subprocess.run([COMPILER, "-shared", "-fPIC", f"-I{include}", str(path), "-o", str(made), *options], check=True)
    return made


def extension(
    folder: Path,
    name: str,
    *,
    value: str = "42",
    declared: str = "",
    options: tuple[str, ...] = (),
    single: bool = False,
) -> bytes:
    """The bytes of an extension module with a function `answer`; `single` for the older single-phase start."""
    source = SOURCE.format(
        name=name,
        value=value,
        declared=declared,
        slots="0" if single else "slots",
        initialised="PyModule_Create(&definition)" if single else "PyModuleDef_Init(&definition)",
    )
    if single:
        source = source.replace("static int executed", "__attribute__((unused)) static int executed").replace(
            "static PyModuleDef_Slot", "__attribute__((unused)) static PyModuleDef_Slot"
        )
    return shared_library(folder, name, source, *options).read_bytes()
