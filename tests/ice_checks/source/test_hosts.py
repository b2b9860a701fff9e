"""Hosts are read off literal addresses and held against the patterns of a manifest."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ice_checks.source.hosts import Host, host_in
from ice_core.models.plugins import HOST_PATTERN


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://api.acme.dev", Host(name="api.acme.dev", port=443)),
        ("http://API.acme.dev/a", Host(name="api.acme.dev", port=80)),
        ("wss://acme.dev:8443/a", Host(name="acme.dev", port=8443)),
        ("redis://acme.dev/0", Host(name="acme.dev")),
        ("https://user:word@acme.dev?x", Host(name="acme.dev", port=443)),
        ("https://[2001:db8::1]:80/", Host(name="[2001:db8::1]", port=80)),
        ("acme.dev/a", None),
        ("see https://acme.dev", None),
        ("https://", None),
        ("", None),
    ],
)
def test_the_host_of_an_address_is_read_off(text: str, expected: Host | None) -> None:
    """With the port that it gives, or that its scheme has."""
    assert expected == host_in(text, is_whole=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://acme.dev/", Host(name="acme.dev", port=443)),
        ("https://acme.dev:80", None),
        ("https://acme.dev:", Host(name="acme.dev")),
        ("https://acme.dev?", Host(name="acme.dev", port=443)),
        ("https://acme.de", None),
    ],
)
def test_of_the_beginning_of_an_address_a_host_is_read_where_it_ends(text: str, expected: Host | None) -> None:
    """`https://acme.de` may go on as `acme.dev`, or as `acme.de.evil.example`."""
    assert expected == host_in(text, is_whole=False)


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("*", Host(name="acme.dev", port=1), True),
        ("*:443", Host(name="acme.dev", port=443), True),
        ("*:443", Host(name="acme.dev", port=80), False),
        ("*.acme.dev", Host(name="a.b.acme.dev"), True),
        ("*.acme.dev", Host(name="acme.dev"), False),
        ("*.acme.dev", Host(name="evilacme.dev"), False),
        ("acme.dev", Host(name="acme.dev", port=8443), True),
        ("acme.dev:8443", Host(name="acme.dev", port=443), False),
        ("acme.dev:8443", Host(name="acme.dev"), True),
        ("[::1]", Host(name="[::1]", port=80), True),
        ("[::1]:80", Host(name="[::1]", port=80), True),
        ("[::1]:80", Host(name="[::1]", port=81), False),
    ],
)
def test_a_pattern_covers_what_it_says(pattern: str, host: Host, covered: bool) -> None:
    """A port that is not known is let through; one that is known must be the pattern's."""
    assert re.fullmatch(HOST_PATTERN, pattern)
    assert covered is host.is_covered_by(pattern)


@given(st.from_regex(r"[a-z0-9]{1,5}(\.[a-z0-9]{1,5}){0,3}", fullmatch=True), st.none() | st.integers(1, 65535))
def test_a_host_is_covered_by_its_own_name_and_by_the_star_above_it(name: str, port: int | None) -> None:
    """With its port, without it, and never by the name of another."""
    host = Host(name=f"a.{name}", port=port)
    own = host.name if port is None else f"{host.name}:{port}"

    assert all(map(host.is_covered_by, (own, host.name, f"*.{name}", "*")))
    assert not any(map(host.is_covered_by, (name, f"b.{name}", f"*.a.{name}", f"{host.name}x")))
