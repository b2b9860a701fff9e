"""Passphrases: asked for on a terminal, unseen; never asked for where nobody is or where no key needs one."""

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ice_cli import passphrases
from ice_cli.passphrases import new_passphrase, opened_key
from ice_client.private_key_files import UnsafeUnencrypted
from ice_client.signers import create_key, is_encrypted
from ice_core.errors import IceError
from ice_core.home import Home
from tests.builders.indexes import NOW
from tests.builders.projects import project_at
from tests.ice_cli.worlds import environment


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with one encrypted key and one that is not."""
    home = Home(tmp_path / "iceos-home")
    create_key(home, "acme-2026", passphrase=b"correct horse", namespaces=("*",), now=NOW)
    create_key(home, "ci-key", passphrase=UnsafeUnencrypted(), namespaces=("*",), now=NOW)
    return home


def on_terminal(folder: Path, home: Home, *words: str, answers: list[str]) -> tuple[int, str]:
    """Runs `ice` on a terminal, types an answer for each question, and gives the exit code and the screen."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ice_cli", *words],
        cwd=folder,
        env={**environment(home.root), "TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    shown = b""
    asked = 0
    while select.select([master], [], [], 30)[0]:
        try:
            shown += os.read(master, 4096)
        except OSError:  # nobody holds the other side any more
            break
        if asked < len(answers) and shown.count(b": ") > asked:
            os.write(master, answers[asked].encode() + b"\n")
            asked += 1
    os.close(master)
    return process.wait(timeout=30), shown.decode("utf-8", "replace").replace("\r", "")


def test_a_new_key_asks_twice_and_shows_nothing_of_it(tmp_path: Path, home: Home) -> None:
    code, shown = on_terminal(
        tmp_path, home, "keys", "new", "acme-2027", answers=["open sesame now", "open sesame now"]
    )

    assert 0 == code
    assert "Passphrase for `acme-2027`:" in shown
    assert "sesame" not in shown
    assert is_encrypted(home, "acme-2027")
    assert opened(home, "acme-2027", "open sesame now")


def test_signing_asks_once_for_an_encrypted_key(tmp_path: Path, home: Home) -> None:
    project_at(tmp_path / "project")
    words = ("plugins", "sign", "plugins.json", "--key", "acme-2026")
    code, shown = on_terminal(tmp_path / "project", home, *words, answers=["correct horse"])

    assert 0 == code
    assert 1 == shown.count("Passphrase for `acme-2026`")
    assert "horse" not in shown


def test_a_key_without_a_passphrase_asks_nothing(tmp_path: Path, home: Home) -> None:
    project_at(tmp_path / "project")
    words = ("plugins", "sign", "plugins.json", "--key", "ci-key")
    code, shown = on_terminal(tmp_path / "project", home, *words, answers=["never typed"])

    assert (0, False) == (code, "Passphrase" in shown)


def opened(home: Home, public_key_id: str, passphrase: str) -> bool:
    os.environ["ICEOS_KEY_PASSPHRASE"] = passphrase
    try:
        return len(opened_key(home, public_key_id).private_bytes_raw()) == 32
    finally:
        del os.environ["ICEOS_KEY_PASSPHRASE"]


def answering(monkeypatch: pytest.MonkeyPatch, answer: str) -> list[str]:
    """Lets a question be answered in this process; gives what was asked."""
    asked: list[str] = []

    def prompt(text: str, **_: object) -> str:
        asked.append(text)
        return answer

    monkeypatch.setattr(passphrases, "_can_ask", lambda: True)
    monkeypatch.setattr(click, "prompt", prompt)
    return asked


def test_the_environment_answers_before_anybody_is_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, "typed")
    monkeypatch.setenv("ICEOS_KEY_PASSPHRASE", "set")

    assert (b"set", []) == (new_passphrase("acme-2027", unsafe=False), asked)


def test_what_is_typed_is_the_passphrase(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, "correct horse")
    found = (new_passphrase("acme-2027", unsafe=False), len(opened_key(home, "acme-2026").private_bytes_raw()))

    assert (b"correct horse", 32) == found
    assert ["Passphrase for `acme-2027`", "Passphrase for `acme-2026`"] == asked


@pytest.mark.parametrize(
    ("public_key_id", "slug"), [("acme-2062", "private-key-missing"), ("../x", "key-id-invalid"), ("acme", "")]
)
def test_nobody_is_asked_for_a_key_that_is_not_here(
    home: Home, monkeypatch: pytest.MonkeyPatch, public_key_id: str, slug: str
) -> None:
    asked = answering(monkeypatch, "typed")
    with pytest.raises(IceError) as caught:
        opened_key(home, public_key_id)

    assert ((slug or "private-key-missing"), []) == (caught.value.slug, asked)


def test_an_empty_answer_is_none(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, "")
    with pytest.raises(IceError) as caught:
        opened_key(home, "acme-2026")

    assert "passphrase-missing" == caught.value.slug
