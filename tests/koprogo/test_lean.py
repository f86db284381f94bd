"""Django keeps them where we put ours."""

from typing import Any

import pytest
from asgiref.local import Local
from django.conf import settings
from django.core import signals
from django.core.cache import BaseCache, caches, close_caches
from django.core.handlers import base as handlers
from django.db import close_old_connections, connection, reset_queries
from django.db.backends.base import base as database
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import QueryDict, multipartparser, request
from django.http.response import ResponseHeaders
from django.middleware import csrf
from django.urls import resolve
from django.utils.functional import LazyObject
from django.utils.http import parse_header_parameters

from koprogo.lean import PATTERNS, PLACES, WATCHED, _contains, _get, _header_parameters, _items, _parts
from koprogo.statements import noted


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


@pytest.mark.parametrize(("place", "name"), PATTERNS, ids=[name for _place, name in PATTERNS])
def test_django_goes_round_by_what_compiles_a_pattern(place: Any, name: str) -> None:
    assert isinstance(vars(place)[name], LazyObject)


def test_values_are_got_as_by_django() -> None:
    values = QueryDict("q=a&q=b&page=", mutable=True)
    values.setlist("none", [])
    for key in ("q", "page", "none", "sort"):
        assert _get(values, key) == values.get(key)
        assert _get(values, key, "else") == values.get(key, "else")


def test_a_match_is_taken_apart_as_by_django() -> None:
    match = resolve("/buildings/7/")
    view, args, kwargs = match
    assert list(_parts(match)) == [view, args, kwargs]


@pytest.mark.parametrize(
    "line",
    [
        "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
        'multipart/form-data; boundary="a b"; charset=utf-8',
        "multipart/form-data; boundary=a;b=c",
        "Multipart/Form-Data;boundary=A",
        "application/x-www-form-urlencoded",
        "",
    ],
)
def test_a_bodys_kind_is_read_as_by_django(line: str) -> None:
    assert _header_parameters(line) == parse_header_parameters(line)
    assert callable(request.parse_header_parameters)
    assert callable(multipartparser.parse_header_parameters)


def test_what_divides_transactions_is_noted_where_statements_are(db: None) -> None:
    connection.force_debug_cursor = True
    try:
        connection.queries_log.clear()
        with noted(connection, "COMMIT"):
            pass
        assert [each["sql"] for each in connection.queries_log] == ["COMMIT"]
    finally:
        connection.force_debug_cursor = False
    with noted(connection, "ROLLBACK"):
        pass
    assert [each["sql"] for each in connection.queries_log] == ["COMMIT"]
    assert callable(database.debug_transaction)
