"""The operator's limits: lowered for the whole process, never raised, and refused rather than guessed."""

import hashlib
from pathlib import Path

import pytest

from ice_core.archive_limits import LIMITS
from ice_core.archives import read_archive, write_archive
from ice_core.errors import IceError
from ice_core.home import Home
from ice_core.limit_settings import lower_limits, read_limits
from ice_core.lowered_limits import GREATEST, LimitName, in_force, lower
from ice_core.strict_json import parse_json
from ice_core.unified_registry import load_plugins
from tests.builders.homes import install, make_home, write
from tests.builders.manifests import manifest, signed
from tests.builders.wheels import plugin_bundle


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home that trusts one key."""
    return make_home(tmp_path / "home")


def configured(home: Home, text: str) -> Home:
    """The same with this `config.toml`."""
    write(home.config, text.encode())
    return home


def refused(home: Home) -> tuple[str, str]:
    """Slug and path of the refusal of a home's limits."""
    with pytest.raises(IceError) as refusal:
        lower_limits(home)
    assert refusal.value.where is not None
    return refusal.value.slug, refusal.value.where.path


def test_without_a_file_nothing_is_lowered(home: Home) -> None:
    lower_limits(home)

    assert {} == dict(read_limits(home))
    assert dict(GREATEST) == {name: in_force(name, limit) for name, limit in GREATEST.items()}


@pytest.mark.parametrize("name", GREATEST)
def test_each_limit_can_be_lowered(home: Home, name: LimitName) -> None:
    lower_limits(configured(home, f"[limits]\n{name} = 7\n"))

    assert (7, 5) == (in_force(name, GREATEST[name]), in_force(name, 5))


@pytest.mark.parametrize("name", GREATEST)
def test_no_limit_can_be_raised(home: Home, name: LimitName) -> None:
    """Refused as a whole: none of the others is lowered either."""
    others = "".join(f"{other} = 1\n" for other in GREATEST if other != name)
    configured(home, f"[limits]\n{others}{name} = {GREATEST[name] + 1}\n")

    assert ("limit-raised", f"limits.{name}") == refused(home)
    assert dict(GREATEST) == {each: in_force(each, limit) for each, limit in GREATEST.items()}


def test_what_is_lowered_once_is_not_raised_again_by_a_later_home(home: Home) -> None:
    lower_limits(configured(home, "[limits]\njson_depth = 3\n"))
    lower_limits(configured(home, "[limits]\njson_depth = 9\n"))

    assert 3 == in_force("json_depth", 64)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("[limits]\njson_bytes = true\n", "limits.json_bytes"),
        ("[limits]\njson_bytes = 0\n", "limits.json_bytes"),
        ("[limits]\njson_bytes = -1\n", "limits.json_bytes"),
        ('[limits]\njson_bytes = "1"\n', "limits.json_bytes"),
        ("[limits]\njson_bites = 1\n", "limits.json_bites"),
        ("limits = 1\n", "limits"),
        ("[keys]\n", "keys"),
        ("[limits\n", ""),
    ],
)
def test_a_setting_that_means_nothing_is_refused(home: Home, text: str, path: str) -> None:
    assert ("setting-invalid", path) == refused(configured(home, text))


def test_a_file_that_others_can_write_sets_nothing(home: Home) -> None:
    configured(home, "[limits]\njson_bytes = 1\n").config.chmod(0o666)

    assert "home-writable-by-others" == refused(home)[0]


@pytest.mark.parametrize(
    ("name", "limit", "reason"),
    [
        ("archive_bytes", 100, "archive-size"),
        ("archive_members", 1, "member-count"),
        ("member_bytes", 10, "member-size"),
        ("inflated_bytes", 30, "total-size"),
        ("inflation_ratio", 1, "ratio"),
    ],
)
def test_an_archive_over_a_lowered_limit_is_refused(name: LimitName, limit: int, reason: str) -> None:
    """The same bytes are read when nothing is lowered."""
    # Hexadecimal digits deflate to a little more than half.
    digits = "".join(hashlib.sha256(b"%d" % number).hexdigest() for number in range(20_000))
    data = write_archive([("a", digits.encode()), ("b", b"1" * 20)], compress=True)
    read_archive(data, where="archive")
    lower({name: limit})

    with pytest.raises(IceError) as refusal:
        read_archive(data, where="archive", limits=LIMITS)

    assert ("archive-too-large", reason) == (refusal.value.slug, refusal.value.finding.details["reason"])


@pytest.mark.parametrize(
    ("name", "limit", "slug"), [("json_bytes", 8, "json-too-large"), ("json_depth", 2, "json-too-deep")]
)
def test_a_document_over_a_lowered_limit_is_refused(name: LimitName, limit: int, slug: str) -> None:
    data = b'{"a": {"b": {"c": 1}}}'
    parse_json(data, where="document")
    lower({name: limit})

    with pytest.raises(IceError) as refusal:
        parse_json(data, where="document")

    assert slug == refusal.value.slug


def test_loading_keeps_the_limits_of_its_home(home: Home) -> None:
    """Who calls `load_plugins` from a program of their own has the operator's limits too."""
    wheel = ("acme_csv-1.2.3-py3-none-any.whl", b"a wheel")
    install(home, signed(manifest(), [wheel]), [wheel])
    load_plugins(home=home.root, environ={})
    configured(home, "[limits]\njson_bytes = 100\n")

    with pytest.raises(IceError) as refusal:
        load_plugins(home=home.root, environ={})

    assert refusal.value.slug in ("file-too-large", "json-too-large")


def test_a_bundle_is_not_even_read_beyond_the_limit(home: Home, tmp_path: Path) -> None:
    path = write(tmp_path / "acme_csv-1.2.3.icebundle", plugin_bundle())
    configured(home, "[limits]\narchive_bytes = 100\n")

    with pytest.raises(IceError) as refusal:
        load_plugins(path, home=home.root, environ={})

    assert "file-too-large" == refusal.value.slug
