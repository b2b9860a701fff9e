"""Verifying signatures against Wycheproof's vectors for Ed25519: valid ones pass, every other is refused."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ice_core.errors import IceError
from ice_core.signing import PublicKey, verify

VECTORS: Any = json.loads((Path(__file__).parents[1] / "data" / "wycheproof" / "ed25519_test.json").read_text())


def cases() -> Iterator[Any]:
    for group in VECTORS["testGroups"]:
        for test in group["tests"]:
            yield pytest.param(
                group["publicKey"]["pk"], test["msg"], test["sig"], test["result"], id=f"{test['tcId']} {test['flags']}"
            )


def test_the_vectors_are_whole() -> None:
    found = list(cases())

    assert VECTORS["numberOfTests"] == len(found)
    assert {"valid", "invalid"} == {case.values[3] for case in found}


@pytest.mark.parametrize(("key", "message", "signature", "result"), list(cases()))
def test_a_signature_is_judged_as_wycheproof_judges_it(key: str, message: str, signature: str, result: str) -> None:
    public = PublicKey.from_raw(bytes.fromhex(key))
    value = base64.b64encode(bytes.fromhex(signature)).decode()
    try:
        verify(public, bytes.fromhex(message), value, where="a vector")
    except IceError as error:
        found, slug = "invalid", error.slug
    else:
        found, slug = "valid", ""

    assert result == found
    assert slug in ("", "signature-malformed", "signature-mismatch")
