"""The ids of the key-store, without its models: those of the files that bear the name of their key."""

from pathlib import Path

from ice_core.key_names import key_names
from ice_core.key_store import KeyStore, record_bytes
from tests.builders.homes import make_home, write
from tests.builders.keys import KEY_ID, key_record


def test_the_keys_of_the_store_are_named(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    write(home.keys / "private" / "other.json", b"{}")

    expected = [record.public_key_id for record in KeyStore.read(home.keys).records]
    assert expected == key_names(str(home.keys))
    assert expected


def test_what_is_no_key_file_is_left_out(tmp_path: Path) -> None:
    """Not JSON, a key under another name, an interrupted write, something else altogether, a link."""
    write(tmp_path / f"{KEY_ID}.json", record_bytes(key_record()))
    for name in ("other.json", f".{KEY_ID}.json", f"{KEY_ID}.json.tmp"):
        write(tmp_path / name, record_bytes(key_record()))
    write(tmp_path / "text.json", b"no JSON")
    write(tmp_path / "large.json", b" " * 20_000)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / f"{KEY_ID}.json")

    assert [KEY_ID] == key_names(str(tmp_path))


def test_a_folder_that_is_not_there_names_none(tmp_path: Path) -> None:
    assert [] == key_names(str(tmp_path / "keys"))
