"""What every command does alike when it refuses: one slug, one stream, a pasteable hint, and nothing written."""

import re
import shlex
from pathlib import Path

import click
import pytest

from ice_cli.program import build
from tests.fakes.folders import listing
from tests.ice_cli.invoke import Ice

COMMAND = re.compile(r"`(ice [^`]+)`")
ZEROS = "sha256:" + "0" * 64
# In an empty folder, with an empty home: words, exit code, slug.
REFUSALS = [
    (("demo", "--folder", "full"), 1, "folder-not-empty"),
    (("plugins", "export", "--check"), 1, "project-invalid"),
    (("plugins", "export", "--check", "--public"), 2, "usage"),
    (("plugins", "export"), 1, "project-invalid"),
    (("plugins", "sign", "plugins.json"), 2, "usage"),
    (("plugins", "sign", "plugins.json", "--key", "acme-2026"), 1, "private-key-missing"),
    (("plugins", "list", "--plugins", "none.json"), 1, "file-missing"),
    (("plugins", "list", "--type", "robot"), 2, "usage"),
    (("plugins", "show", "csv_reader"), 1, "component-id-invalid"),
    (("plugins", "show", "tool:csv_reader"), 1, "component-unknown"),
    (("keys", "new", "acme-2026"), 1, "passphrase-missing"),
    (("keys", "new", "Acme 2026", "--unsafe-unencrypted"), 1, "key-id-invalid"),
    (("keys", "show", "acme-2026"), 1, "key-unknown"),
    (("keys", "export", "acme-2026", "--output", "key.json"), 1, "key-unknown"),
    (("keys", "trust", "acme-2026"), 2, "usage"),
    (("keys", "trust", "acme-2026", "--fingerprint", ZEROS), 2, "usage"),
    (("keys", "trust", "acme-2026", "--fingerprint", ZEROS, "--key", "none.json"), 1, "file-missing"),
    (("publish",), 2, "index-not-given"),
    (("publish", "--index", "market"), 1, "project-invalid"),
    (("publish", "--index", "https://market.example"), 1, "index-unsupported"),
    (("lock",), 2, "index-not-given"),
    (("lock", "--index", "market"), 2, "usage"),
    (("lock", "acme-csv", "--index", "market"), 1, "index-missing"),
    (("lock", "acme-csv", "--index", "market", "--check"), 1, "file-missing"),
    (("lock", "acme csv", "--index", "market"), 1, "requirement-invalid"),
    (("install",), 2, "index-not-given"),
    (("install", "--index", "market"), 1, "file-missing"),
    (("compile", "news.yaml"), 1, "file-missing"),
    (("compile", "-"), 2, "usage"),
    (("compile", "full"), 1, "file-not-regular"),
    (("run", "news.yaml"), 1, "file-missing"),
    (("run", "news.yaml", "--budget", "dear"), 2, "usage"),
    (("runs", "list", "--limit", "0"), 2, "usage"),
    (("runs", "show", "20260131T120000Z-5f2c91d07a3e"), 1, "run-unknown"),
    (("runs", "resume", "20260131T120000Z-5f2c91d07a3e"), 1, "run-unknown"),
    (("run", "tool:rain"), 1, "component-unknown"),
    (("new", "package", "json"), 1, "name-unusable"),
    (("new", "package", "full"), 1, "new-file-exists"),
    (("new", "tool", "rank"), 1, "project-invalid"),
    (("new", "agent", "rank"), 1, "project-invalid"),
    (("new", "workflow", "rank"), 1, "project-invalid"),
    (("new", "blueprint", "a/b"), 1, "name-unusable"),
    (("schema", "lock"), 2, "usage"),
    (("completion", "cmd"), 2, "usage"),
    (("explain", "zebra"), 1, "slug-unknown"),
]
NAMES = [" ".join(words).replace(ZEROS, "sha256") for words, _, _ in REFUSALS]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: nothing in it but a folder that holds a file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "diary.txt").write_text("rain")
    return tmp_path


def unresolved(command_line: str) -> str | None:
    """The first word of an `ice` command line that names no command; None when all of them do."""
    command: click.Command = build()
    for word in shlex.split(command_line)[1:]:
        if not isinstance(command, click.Group):
            return None
        found = command.get_command(click.Context(command, help_option_names=["-h", "--help"]), word)
        if found is None:
            return word
        command = found
    return None


@pytest.mark.parametrize(("words", "code", "slug"), REFUSALS, ids=NAMES)
def test_a_refusal_is_words_and_writes_nothing(
    ice: Ice, folder: Path, words: tuple[str, ...], code: int, slug: str
) -> None:
    """Standard output is for data, and there is none; not even a home folder is made."""
    before = sorted(folder.rglob("*"))

    refused = ice(*words)

    assert (code, "", slug) == (refused.code, refused.out, refused.slug)
    assert before == sorted(folder.rglob("*"))
    assert "Traceback" not in refused.err


@pytest.mark.parametrize(("words", "code", "slug"), REFUSALS, ids=NAMES)
def test_under_json_the_refusal_is_the_one_document(
    ice: Ice, folder: Path, words: tuple[str, ...], code: int, slug: str
) -> None:
    """A program reads one stream and finds slug, message and place; standard error is silent."""
    before = listing(folder)

    refused = ice(*words, "--json")

    error = refused.json["error"]
    assert (code, "", slug) == (refused.code, refused.err, error["slug"])
    assert {"slug", "severity", "message", "where", "details", "hints"} <= set(error)
    assert before == listing(folder)


@pytest.mark.parametrize(("words", "code", "slug"), REFUSALS, ids=NAMES)
def test_a_message_is_one_sentence_and_its_commands_exist(
    ice: Ice, folder: Path, words: tuple[str, ...], code: int, slug: str
) -> None:
    """No full stop, no `please`; whatever a hint says to run is a command of this very tree."""
    error = ice(*words, "--json").json["error"]

    told = [error["message"], *error["hints"]]
    assert [] == [text for text in told if text.endswith(".") or "please" in text.lower()]
    assert [] == [
        line for text in told for line in COMMAND.findall(text) if unresolved(re.sub(r"[<>]", "", line)) is not None
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ice lock acme-csv", None),
        ("ice plugins export --output plugins.json", None),
        ("ice plugin list", "plugin"),
        ("ice runs forget", "forget"),
        ("ice", None),
    ],
)
def test_a_command_that_does_not_exist_is_seen(line: str, expected: str | None) -> None:
    assert expected == unresolved(line)
