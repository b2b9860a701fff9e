"""Names under `if TYPE_CHECKING:` mean in annotations what a type checker takes them for."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from pkgutil import resolve_name

import pytest

from ice_core.errors import IceError, Location
from ice_sdk.signature import read_signature
from ice_sdk.typing_imports import NOT_FOUND, name_for_typing

MODULE = """
from __future__ import annotations
import typing
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import os
    import os.path
    import collections.abc as abc
    from decimal import Decimal as Money
    from . import near
    from .near import Depth
    from acme_missing import Lost
    if typing.TYPE_CHECKING:
        from fractions import Fraction
    Amount: typing.TypeAlias = "float | Money"
    Amounts = list[Money]
    def defined() -> None: ...
else:
    Hidden = int

def pay(amount: Amount, amounts: Amounts | None, depth: Depth) -> Fraction: ...
def lose(lost: Lost) -> str: ...
def call(function: defined) -> str: ...
def bare(unknown: Unknown) -> str: ...
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    folder = tmp_path / "acme_typed"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "near.py").write_text("class Depth(int): ...\n")
    (folder / "pay.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    resolve_name("acme_typed.pay")
    yield "acme_typed.pay"
    for name in [each for each in sys.modules if each.startswith("acme_typed")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("os", "os"),
        ("abc", "collections.abc"),
        ("Money", "decimal:Decimal"),
        ("Fraction", "fractions:Fraction"),
        ("near", "acme_typed.near"),
        ("Depth", "acme_typed.near:Depth"),
    ],
)
def test_an_import_for_type_checkers_is_made(module: str, name: str, meant: str) -> None:
    assert resolve_name(meant) is name_for_typing(module, name)


@pytest.mark.parametrize("name", ["Hidden", "defined", "nothing", "pay"])
def test_what_no_import_or_alias_there_binds_is_not_found(module: str, name: str) -> None:
    assert NOT_FOUND is name_for_typing(module, name)


def test_an_import_that_fails_says_so(module: str) -> None:
    with pytest.raises(ImportError, match="acme_missing"):
        name_for_typing(module, "Lost")


def test_a_module_without_a_text_knows_no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "acme_textless", type(sys)("acme_textless"))

    assert NOT_FOUND is name_for_typing("acme_textless", "os")
    assert NOT_FOUND is name_for_typing("acme_never_imported", "os")


def test_a_signature_uses_them_all_and_imports_nothing_before(module: str) -> None:
    assert "acme_typed.near" not in sys.modules

    signature = read_signature(
        resolve_name(f"{module}:pay"), form="function", component="tool:pay", where=Location("pay.py")
    )
    depth = resolve_name("acme_typed.near:Depth")

    assert [float | Decimal, list[Decimal] | None, depth] == [item.annotation for item in signature.parameters]
    assert resolve_name("fractions:Fraction") is signature.returns


@pytest.mark.parametrize(("function", "said"), [("lose", "acme_missing"), ("call", "defined"), ("bare", "Unknown")])
def test_what_cannot_be_found_is_refused_by_name(module: str, function: str, said: str) -> None:
    with pytest.raises(IceError) as refused:
        read_signature(
            resolve_name(f"{module}:{function}"), form="function", component="tool:x", where=Location("pay.py", line=3)
        )

    assert "annotation-unresolved" == refused.value.slug
    assert said in refused.value.finding.message
    assert Location("pay.py", line=3) == refused.value.where
