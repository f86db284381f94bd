"""The visitor's address: what they say themselves counts for nothing."""

from typing import Any

import pytest
from django.test import RequestFactory

from koprogo.visitors import client_address

PROXY = "127.0.0.1"


def address(rf: RequestFactory, forwarded: str | None, remote: str = PROXY) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(rf.get("/", REMOTE_ADDR=remote, **headers))


@pytest.mark.parametrize("forwarded", [None, "", "198.51.100.7", "198.51.100.7, 203.0.113.9"])
def test_without_a_proxy_the_connection_alone_counts(rf: RequestFactory, settings: Any, forwarded: str | None) -> None:
    settings.KOPROGO_PROXIES = 0
    assert address(rf, forwarded) == PROXY


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.7, 203.0.113.9", "203.0.113.9"),  # the visitor wrote the first one
        ("198.51.100.7,203.0.113.9 ", "203.0.113.9"),
        ("2001:DB8::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("203.0.113.9, garbage", PROXY),
        ("203.0.113.9, 1.2.3.4'; DROP", PROXY),
        ("203.0.113.9,", PROXY),
        ("unknown", PROXY),
        ("", PROXY),
        (None, PROXY),
    ],
)
def test_behind_one_proxy_its_own_word_counts(
    rf: RequestFactory, settings: Any, forwarded: str | None, expected: str
) -> None:
    settings.KOPROGO_PROXIES = 1
    assert address(rf, forwarded) == expected


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [("198.51.100.7, 203.0.113.9, 10.0.0.1", "203.0.113.9"), ("203.0.113.9", PROXY)],
)
def test_behind_two_proxies_the_second_from_the_right_counts(
    rf: RequestFactory, settings: Any, forwarded: str, expected: str
) -> None:
    settings.KOPROGO_PROXIES = 2
    assert address(rf, forwarded) == expected


def test_a_connection_without_an_address_has_none(rf: RequestFactory) -> None:
    assert address(rf, None, remote="") == ""
