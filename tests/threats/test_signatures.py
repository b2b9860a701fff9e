"""Attacks on what is signed: the manifest's members, the signature's three, the key file, and JSON read in two ways."""

import base64
import copy
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ice_core.bundles import bundle_bytes
from ice_core.canonical import printed_bytes
from ice_core.key_store import record_bytes
from ice_core.strict_json import JsonObject, JsonValue
from tests.builders.homes import listing, write
from tests.builders.keys import key_record, private_key
from tests.house.tree import ROOT
from tests.threats.target import Target, bundle_of, good_bundle, good_manifest, packed, wheel_of

ORDER = 2**252 + 27742317777372353535851937790883648493
VECTORS = json.loads((ROOT / "spec/vectors/signing/vectors.json").read_text())
LOW_ORDER: list[str] = VECTORS["low_order_public_keys_to_reject"]

Path = tuple[str | int, ...]


def leaves(value: JsonValue, path: Path = ()) -> Iterator[Path]:
    """The path of every leaf of a JSON value."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from leaves(member, (*path, index))
    else:
        yield path


def holder_of(value: JsonObject, path: Path) -> Any:
    """The list or object of a JSON value that holds the leaf at `path`."""
    holder: Any = value
    for step in path[:-1]:
        holder = holder[step]
    return holder


def with_leaf(value: JsonObject, path: Path, change: Callable[[JsonValue], JsonValue]) -> JsonObject:
    """A copy with one leaf replaced."""
    changed = copy.deepcopy(value)
    holder = holder_of(changed, path)
    holder[path[-1]] = change(holder[path[-1]])
    return changed


def another(leaf: JsonValue) -> JsonValue:
    """Another value of the same type, as near as can be."""
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int | float):
        return leaf + 1
    text = str(leaf)
    return text[:-1] + ("x" if text[-1:] != "x" else "y")


LEAVES = list(leaves(good_manifest()))
# A change that the document's own form refuses before any key is asked; every other one is the signature's to refuse.
BY_FORM: dict[Path, str] = {
    ("schema_version",): "manifest-invalid",
    ("created",): "manifest-invalid",
    ("components", 0, "node_type"): "manifest-invalid",
    ("components", 0, "version"): "manifest-invalid",
    ("components", 0, "schema", "input", "type"): "schema-invalid",
    ("components", 0, "schema", "output", "type"): "schema-invalid",
    ("components", 0, "schema", "input", "properties", "text", "type"): "schema-invalid",
    ("components", 0, "cost_estimate", "currency"): "manifest-invalid",
    ("signature", "algo"): "manifest-invalid",
    ("signature", "value"): "signature-malformed",
    ("signature", "public_key_id"): "key-unknown",
}


def signature(**members: JsonValue) -> JsonObject:
    """The good manifest with members of its signature replaced."""
    value = good_manifest()
    held = value["signature"]
    assert isinstance(held, dict)
    return {**value, "signature": {**held, **members}}


def signature_bytes() -> bytes:
    """The good signature's 64 bytes."""
    held = good_manifest()["signature"]
    assert isinstance(held, dict)
    return base64.b64decode(str(held["value"]))


def encoded(data: bytes) -> str:
    """Base64 as manifests write it."""
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: ".".join(map(str, path)))
def test_each_leaf_of_the_manifest_changed_is_refused(target: Target, path: Path) -> None:
    """Threat 2: substitution of the manifest: each JSON leaf of a signed one changed in turn."""
    target.offer(packed(with_leaf(good_manifest(), path, another), [wheel_of()]))

    assert {BY_FORM.get(path, "signature-mismatch")} == target.refused_everywhere()


@pytest.mark.parametrize("path", LEAVES, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("value", [None, [], {}], ids=["null", "list", "object"])
def test_each_leaf_of_another_type_is_refused(target: Target, path: Path, value: JsonValue) -> None:
    """Threat 2: substitution of the manifest: a leaf of another type is refused by the model or by the signature."""
    target.offer(packed(with_leaf(good_manifest(), path, lambda _: value), [wheel_of()]))

    slug = target.doors()["load"]()

    assert slug in {"manifest-invalid", "manifest-unsigned", "schema-invalid", "signature-mismatch"}
    target.assert_untouched()


@pytest.mark.parametrize("path", [path for path in LEAVES if path[0] != "signature"], ids=str)
def test_each_leaf_left_out_is_refused(target: Target, path: Path) -> None:
    """Threat 2: substitution of the manifest: a member taken away is as bad as one that is changed."""
    value = copy.deepcopy(good_manifest())
    del holder_of(value, path)[path[-1]]
    target.offer(packed(value, [wheel_of()]))

    slug = target.doors()["load"]()

    assert slug in {"manifest-invalid", "signature-mismatch"}
    target.assert_untouched()


def in_other_order(value: JsonValue) -> JsonValue:
    """The same JSON value, members in the opposite order at every level."""
    if isinstance(value, dict):
        return {name: in_other_order(value[name]) for name in reversed(value)}
    return [in_other_order(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    "write_out",
    [
        lambda value: json.dumps(value),
        lambda value: json.dumps(value, indent=7, separators=(" , ", " : ")),
        lambda value: json.dumps(value, separators=(",", ":")),
        lambda value: json.dumps(in_other_order(value)),
        lambda value: json.dumps(value).replace("/", "\\/").replace("tool", "\\u0074ool"),
        lambda value: "\r\n\t " + json.dumps(value) + "\n\n\n",
        lambda value: json.dumps(value).replace("0.0,", "0,").replace("0.0,", "0e7,"),
    ],
    ids=["spaces", "indented", "compact", "key order", "escapes", "white space around", "spelling of numbers"],
)
def test_the_same_value_in_other_bytes_is_accepted(target: Target, write_out: Callable[[JsonValue], str]) -> None:
    """Threat 2: substitution of the manifest: what is signed is the value, so spaces and key order do not matter."""
    target.offer(bundle_bytes(write_out(good_manifest()).encode(), [wheel_of()]))

    assert "none" == target.doors()["load"]()
    assert "none" == target.doors()["environment"]()


def test_a_stripped_signature_is_refused_when_strict(target: Target) -> None:
    """Threat 3: signature stripped: refused under `--no-dynamic` at every door, even where a lock pins the bundle."""
    value = {name: member for name, member in good_manifest().items() if name != "signature"}
    target.offer(packed(value, [wheel_of()]))

    assert {"manifest-unsigned"} == target.refused_everywhere(also_dynamic=False)


def test_a_stripped_signature_is_never_silent(target: Target) -> None:
    """Threat 3: signature stripped: where components may be dynamic it is shown as `unsigned`, with no signer."""
    value = {name: member for name, member in good_manifest().items() if name != "signature"}
    target.offer(packed(value, [wheel_of()]))

    shown = target.ice("plugins", "list", "--plugins", target.bundle, "--dynamic", "--json")
    words = target.ice("plugins", "show", "tool:count_words", "--plugins", target.bundle, "--dynamic")

    assert 0 == shown.code == words.code
    assert "unsigned" in shown.out
    assert "unsigned" in words.out + words.err
    target.assert_untouched()


ALGORITHMS: list[JsonValue] = [
    "none", "ed25519ph", "ED25519", "Ed25519", "ed25519 ", "", "hmac-sha256", None, 0, ["ed25519"],
]  # fmt: skip
SIGNATURES: dict[str, tuple[Callable[[], JsonObject], str]] = {
    # Threat 14.
    **{f"algorithm {algo!r}": (partial(signature, algo=algo), "manifest-invalid") for algo in ALGORITHMS},
    "no algorithm": (
        lambda: {**good_manifest(), "signature": {"value": encoded(signature_bytes()), "public_key_id": "acme-2026"}},
        "manifest-invalid",
    ),
    # Threat 13.
    **{
        f"key id {key_id!r}": (partial(signature, public_key_id=key_id), "manifest-invalid")
        for key_id in ("../../etc/x", "/etc/passwd", "keys/acme-2026", "acme-2026.json\n", "ACME-2026", "", "a" * 65)
    },
    "unknown key id": (lambda: signature(public_key_id="acme-2027"), "key-unknown"),
    "key id with its file's ending": (lambda: signature(public_key_id="acme-2026.json"), "key-unknown"),
    # Threat 12.
    "S + L": (
        lambda: signature(
            value=encoded(
                signature_bytes()[:32]
                + (int.from_bytes(signature_bytes()[32:], "little") + ORDER).to_bytes(32, "little")
            )
        ),
        "signature-malformed",
    ),
    "S of all ones": (lambda: signature(value=encoded(signature_bytes()[:32] + b"\xff" * 32)), "signature-malformed"),
    "S of zero": (lambda: signature(value=encoded(signature_bytes()[:32] + bytes(32))), "signature-mismatch"),
    "R and S swapped": (
        lambda: signature(value=encoded(signature_bytes()[:31] + b"\x00" + bytes(31) + b"\x0f")),
        "signature-mismatch",
    ),
    "base64 without padding": (lambda: signature(value=encoded(signature_bytes()).rstrip("=")), "signature-malformed"),
    "base64 with a line end": (lambda: signature(value=encoded(signature_bytes()) + "\n"), "manifest-invalid"),
    "base64 with a space": (lambda: signature(value=" " + encoded(signature_bytes())), "manifest-invalid"),
    "base64 for URLs": (
        lambda: signature(value=encoded(signature_bytes()[:32] + b"\xfb\xff" * 15 + b"\x00\x00").replace("/", "_")),
        "signature-malformed",
    ),
    "63 bytes": (lambda: signature(value=encoded(signature_bytes()[:63])), "signature-malformed"),
    "65 bytes": (lambda: signature(value=encoded(signature_bytes() + b"\x00")), "signature-malformed"),
    "a member more": (lambda: signature(key="AAAA"), "manifest-invalid"),
    "signature is text": (lambda: {**good_manifest(), "signature": encoded(signature_bytes())}, "manifest-invalid"),
    "several signatures": (
        lambda: {**good_manifest(), "signature": [good_manifest()["signature"]]},
        "manifest-invalid",
    ),
    # Threat 11.
    **{
        f"R of low order {text[:8]}{text[-2:]}": (
            partial(signature, value=encoded(bytes.fromhex(text) + signature_bytes()[32:])),
            "signature-malformed",
        )
        for text in LOW_ORDER
    },
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_signature_of_another_form_is_refused(target: Target, name: str) -> None:
    """Threat 12: signature malleability: one form of a signature is read; every other one of it is refused.

    Also Threat 13: key-id confusion and Threat 14: algorithm confusion.
    """
    make, slug = SIGNATURES[name]
    target.offer(packed(make(), [wheel_of()]))

    assert {slug} == target.refused_everywhere()


def test_fourteen_encodings_of_low_order_are_known() -> None:
    """Threat 11: low-order public key: the block-list of the vectors holds the fourteen encodings, each once."""
    assert 14 == len(set(LOW_ORDER)) == len(LOW_ORDER)


@pytest.mark.parametrize("text", LOW_ORDER)
def test_a_key_of_low_order_in_the_key_store_stops_everything(target: Target, text: str) -> None:
    """Threat 11: low-order public key: each of the fourteen, planted in `keys/`, is refused as a key."""
    good = json.loads(record_bytes(key_record()))
    planted = good | {"public_key": encoded(bytes.fromhex(text))}
    write(target.home.keys / "acme-2026.json", planted)
    # R = A, S = 0 verifies for any message under the identity as the key.
    target.offer(packed(signature(value=encoded(bytes.fromhex(text) + bytes(32))), [wheel_of()]))

    assert {"key-low-order"} == target.refused_everywhere()


def test_another_trusted_key_cannot_be_named_instead(target: Target) -> None:
    """Threat 13: key-id confusion: naming another trusted key does not make its owner the signer."""
    write(target.home.keys / "other-2026.json", record_bytes(key_record(2, public_key_id="other-2026")))
    target.offer(packed(signature(public_key_id="other-2026"), [wheel_of()]))

    assert {"signature-mismatch"} == target.refused_everywhere()


@pytest.mark.parametrize("namespaces", [("other",), ("other-*",), ("acme",), ("acme-word",), ("acme-words-*",)])
def test_a_trusted_key_signs_its_own_namespaces_only(target: Target, namespaces: tuple[str, ...]) -> None:
    """Threat 13: key-id confusion: a trusted key of one namespace signs a package of another: refused."""
    record = key_record(2, public_key_id="other-2026", namespaces=namespaces)
    write(target.home.keys / "other-2026.json", record_bytes(record))
    target.offer(bundle_of(key=private_key(2), public_key_id="other-2026"))

    assert {"key-namespace"} == target.refused_everywhere()


def text_of(value: JsonObject) -> str:
    """A manifest as compact JSON text."""
    return json.dumps(value, separators=(",", ":"))


DOCUMENTS: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "twin at the root": (lambda text: text.replace('{"', '{"license":"MIT","', 1), "json-duplicate-member"),
    "twin of the signature": (lambda text: text[:-1] + ',"signature":{}}', "json-duplicate-member"),
    "twin in the signature": (lambda text: text.replace('"algo"', '"algo":"none","algo"'), "json-duplicate-member"),
    "twin written with an escape": (
        lambda text: text.replace('"import"', '"\\u0069mport":"os:system","import"'),
        "json-duplicate-member",
    ),
    "twin deep inside": (lambda text: text.replace('"text":', '"text":{},"text":'), "json-duplicate-member"),
    "not a number": (lambda text: text.replace("0.0,", "NaN,", 1), "json-number-out-of-range"),
    "infinity": (lambda text: text.replace("0.0,", "Infinity,", 1), "json-number-out-of-range"),
    "minus infinity": (lambda text: text.replace("0.0,", "-Infinity,", 1), "json-number-out-of-range"),
    "number that overflows": (lambda text: text.replace("0.0,", "1e400,", 1), "json-number-out-of-range"),
    "integer beyond 2^53": (lambda text: text.replace("0.0,", f"{2**64},", 1), "json-number-out-of-range"),
    "hundred thousand brackets": (lambda text: text[:-1] + ',"a":' + "[" * 100_000, "json-too-deep"),
    "hundred thousand objects": (lambda text: text[:-1] + ',"a":' + '{"a":' * 100_000, "json-too-deep"),
    "byte order mark": (lambda text: b"\xef\xbb\xbf" + text.encode(), "json-not-utf8"),
    "UTF-16": (lambda text: text.encode("utf-16"), "json-not-utf8"),
    "lone surrogate": (lambda text: text.replace("Does", "\\ud800"), "json-lone-surrogate"),
    "single quotes": (lambda text: text.replace('"', "'"), "json-syntax"),
    "comment": (lambda text: "// hello\n" + text, "json-syntax"),
    "comma at the end": (lambda text: text[:-1] + ",}", "json-syntax"),
    "two documents": (lambda text: text + text, "json-syntax"),
    "a list": (lambda text: f"[{text}]", "json-root-not-object"),
    "nothing": (lambda text: "", "json-syntax"),
    "zero byte": (lambda text: text + "\x00", "json-syntax"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_that_two_readers_could_read_in_two_ways_is_refused(target: Target, name: str) -> None:
    """Threat 15: duplicate JSON keys: refused by the parser, before a model or a key could prefer one of the two.

    Also Threat 16: NaN, overflow, deep nesting and everything else that is not plain JSON.
    """
    change, slug = DOCUMENTS[name]
    made = change(text_of(good_manifest()))
    target.offer(bundle_bytes(made if isinstance(made, bytes) else made.encode(), [wheel_of()]))

    assert {slug} == target.refused_everywhere()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_installed_manifest_and_the_key_file_are_read_strictly_too(target: Target, name: str) -> None:
    """Threat 15: duplicate JSON keys: the same documents in the home folder are refused before the run."""
    change, slug = DOCUMENTS[name]
    target.installed()
    made = change(text_of(good_manifest()))
    write(target.manifest, made if isinstance(made, bytes) else made.encode())
    before = listing(target.folder)

    assert slug == target.run().slug
    assert before == listing(target.folder)
    target.assert_untouched()


def test_good_bytes_are_the_ones_that_the_table_starts_from(target: Target) -> None:
    """The compact text of which every malformed document is made is itself accepted."""
    target.offer(bundle_bytes(text_of(good_manifest()).encode(), [wheel_of()]))

    assert "none" == target.doors()["load"]()
    assert printed_bytes(good_manifest()) in good_bundle()
