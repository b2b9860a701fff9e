"""Files of private keys: what white space is no difference, and each thing that is refused, with its reason."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from ice_client.private_key_files import (
    UnsafeUnencrypted,
    is_encrypted_file,
    opened_file,
    pem_bytes,
    read_private_file,
    refuse_reachable,
)
from ice_core.errors import IceError
from tests.builders.keys import private_key

PRIVATE = private_key()
PLAIN = pem_bytes(PRIVATE, UnsafeUnencrypted())
LINES = PLAIN.decode().splitlines()
ENCRYPTED = pem_bytes(PRIVATE, b"correct horse")


def elliptic() -> bytes:
    return generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def opened(data: bytes, *, passphrase: bytes | None = None) -> bytes:
    return opened_file(data, name="acme-2026", where="acme-2026.pem", passphrase=passphrase).private_bytes_raw()


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        PLAIN.rstrip(),
        PLAIN + b"\n\n",
        PLAIN.replace(b"\n", b"\r\n"),
        b"\n \t" + PLAIN,
        b"  " + PLAIN.replace(b"\n", b"  \n  "),
        "\n".join((LINES[0], LINES[1][:20], LINES[1][20:], LINES[2])).encode(),
    ],
    ids=["as written", "no last line end", "more line ends", "CRLF", "blanks before", "indented", "broken elsewhere"],
)
def test_white_space_is_no_difference(data: bytes) -> None:
    assert PRIVATE.private_bytes_raw() == opened(data)


@pytest.mark.parametrize("before", [b"", b"\r\n", b"  "])
def test_white_space_before_an_encrypted_key_is_no_difference_either(before: bytes) -> None:
    data = before + ENCRYPTED.replace(b"\n", b"\r\n")

    assert is_encrypted_file(data)
    assert PRIVATE.private_bytes_raw() == opened(data, passphrase=b"correct horse")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "a first line that begins no such block"),
        (b"\xef\xbb\xbf" + PLAIN, "a byte order mark before the first line"),
        (PLAIN.decode().encode("utf-16"), "bytes that are no text"),
        (b"Bag Attributes\n" + PLAIN, "a first line that begins no such block"),
        (PLAIN + b"# a note\n", "a last line that does not end the block"),
        (PLAIN + PLAIN, "lines between the first and the last that are not base64"),
        (PLAIN.replace(b"END PRIVATE", b"END ENCRYPTED PRIVATE"), "a last line that does not end the block"),
        (PLAIN.replace(b" PRIVATE", b" RSA PRIVATE"), "a first line that begins no such block"),
        (PLAIN.replace(LINES[1].encode(), b"M\xc2\xa0"), "lines between the first and the last that are not base64"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "bytes that are no private key"),
        (elliptic(), "a private key of another kind"),
    ],
    ids=[
        "empty", "byte order mark", "UTF-16", "words before", "words behind", "two keys", "another end", "another kind",
        "a space of another script", "no key inside", "an elliptic key",
    ],
)  # fmt: skip
def test_what_two_readers_could_read_in_two_ways_is_refused_with_its_reason(data: bytes, found: str) -> None:
    with pytest.raises(IceError) as caught:
        opened(data)

    assert ("private-key-invalid", found) == (caught.value.slug, caught.value.finding.found)


def test_a_refusal_never_shows_what_the_file_holds() -> None:
    """Half a private key in a log is a private key half guessed."""
    with pytest.raises(IceError) as caught:
        opened(PLAIN + b"x")

    assert LINES[1][:10] not in str(caught.value.finding.to_json())


@pytest.mark.parametrize(("mode", "slug"), [(0o640, "private-key-exposed"), (0o620, "home-writable-by-others")])
def test_a_file_that_others_reach_is_not_read(tmp_path: Path, mode: int, slug: str) -> None:
    path = tmp_path / "acme.pem"
    path.write_bytes(PLAIN)
    path.chmod(mode)

    with pytest.raises(IceError) as caught:
        read_private_file(path)

    assert slug == caught.value.slug


def test_a_pipe_is_not_waited_for_and_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """Threat 24: link in place of a file: nor is a link followed."""
    pipe, huge, link = tmp_path / "pipe.pem", tmp_path / "huge.pem", tmp_path / "link.pem"
    os.mkfifo(pipe, 0o600)
    huge.write_bytes(PLAIN + b" " * (1 << 20))
    huge.chmod(0o600)
    link.symlink_to(huge)
    slugs = []
    for path in (pipe, huge, link):
        with pytest.raises(IceError) as caught:
            read_private_file(path)
        slugs.append(caught.value.slug)

    assert ["file-not-regular", "file-too-large", "file-not-regular"] == slugs


OWN = os.geteuid()


@pytest.mark.parametrize(
    ("mode", "owner", "slug"),
    [
        (0o600, OWN, "none"),
        (0o400, 0, "none"),
        (0o600, OWN + 1, "home-writable-by-others"),
        (0o620, OWN, "home-writable-by-others"),
        (0o604, OWN, "private-key-exposed"),
        (0o640, 0, "private-key-exposed"),
    ],
)
def test_a_private_key_belongs_to_who_uses_it_or_to_root(mode: int, owner: int, slug: str) -> None:
    """Threat 33: home or key-store that others can write: the status is what `fstat` said of the file that is read."""
    status = os.stat_result((stat.S_IFREG | mode, 0, 0, 1, owner, 0, 0, 0, 0, 0))
    found = "none"
    try:
        refuse_reachable(Path("acme.pem"), status)
    except IceError as error:
        found = error.slug

    assert slug == found
