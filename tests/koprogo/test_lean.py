"""Django keeps them where we put ours."""

from typing import Any

import pytest
from asgiref.local import Local
from django.conf import settings
from django.core import signals
from django.core.cache import BaseCache, caches, close_caches
from django.core.handlers import base as handlers
from django.db import close_old_connections, reset_queries
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http.response import ResponseHeaders
from django.middleware import csrf

from koprogo.lean import PLACES, WATCHED, _contains, _items


@pytest.mark.parametrize(
    ("place", "name"),
    PLACES,
    ids=[f"{getattr(place, '__name__', type(place).__name__)}.{name}" for place, name in PLACES],
)
def test_django_looks_there(place: Any, name: str) -> None:
    assert isinstance(getattr(place, name), Local)


def test_settings_are_plain_attributes() -> None:
    """None of them is a method that stands for the one of the settings behind."""
    settings.LANGUAGE_CODE  # noqa: B018 (read once, it stays)
    own = [getattr(value, "_mask_wrapped", True) for name, value in vars(settings).items() if name != "_wrapped"]
    assert own
    assert all(own)


def test_what_is_left_out_is_what_django_would_do() -> None:
    """Should Django change it, this process would not be lean, or would leave out something else."""
    connected = [receiver[1]() for receiver in signals.request_started.receivers]
    assert {reset_queries, close_old_connections} <= set(connected)
    assert close_caches in [receiver[1]() for receiver in signals.request_finished.receivers]
    assert type(caches["default"]).close is BaseCache.close
    watched = {name for name, method in vars(BaseDatabaseWrapper).items()
               if getattr(method, "__code__", None) is WATCHED}  # fmt: skip
    assert {"connect", "commit", "savepoint", "cursor"} <= watched
    assert callable(handlers.iscoroutinefunction)
    assert callable(csrf._unmask_cipher_token)


def test_headers_are_found_and_listed_as_by_django() -> None:
    headers = ResponseHeaders({"Content-Type": "text/plain", "X-Frame-Options": "DENY"})
    for name in ("content-type", "X-FRAME-OPTIONS", "Location"):
        assert _contains(headers, name) == (name in headers)
    assert list(_items(headers)) == list(headers.items())
