"""Components that end the process of the run: its exit code must never say that all went well."""

import subprocess
import sys

import pytest

from tests.scenarios.mission import FILES, INPUT, document
from tests.threats.target import Target

MODULE = "acme_words/counting.py"
CALLED = 'leave("called count_words")\n'


def ended(target: Target, code: str, *, at_import: bool = False) -> tuple[int, str]:
    """Exit code and standard error of `ice run`, in a process of its own, whose component does this."""
    source = FILES[MODULE]
    text = f"{code}\n{source}" if at_import else source.replace(CALLED, CALLED + f"    {code}\n")
    target.placed(document(), files={**FILES, MODULE: text})
    command = [sys.executable, "-m", "ice_cli", "run", "one.yaml", "--input", INPUT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "code",
    [
        "os._exit(0)",
        "__import__('posix')._exit(0)",
        "import threading; t = threading.Thread(target=os._exit, args=(0,)); t.start(); t.join(); raise ValueError",
        "exec('try:\\n os._exit(0)\\nexcept Exception:\\n pass')",
    ],
    ids=["os", "posix", "a thread of its own", "behind `except Exception`"],
)
def test_a_component_does_not_end_the_run_with_success(target: Target, code: str) -> None:
    """Threat 30: a component that ends the process: `os._exit(0)` is an error of its call, and the run has failed."""
    returned, said = ended(target, code)

    assert 1 == returned
    assert "error[component-raised]" in said


def test_neither_does_a_module_while_it_is_imported(target: Target) -> None:
    """Threat 30: a component that ends the process: also not at import."""
    returned, said = ended(target, "import os; os._exit(0)", at_import=True)

    assert 1 == returned
    assert "os._exit(0) would have ended the whole run" in said


def test_a_process_that_a_component_forked_may_end_so(target: Target) -> None:
    """Threat 30: a component that ends the process: one that it forked ends so, as `multiprocessing` does it."""
    code = "child = os.fork(); child or os._exit(7); assert os.waitpid(child, 0)[1] == 7 << 8"

    returned, said = ended(target, code)

    assert 0 == returned, said
