"""What Django does at every step for other ways of being used, left out where a process only serves WSGI.

Plain thread-locals where it keeps what holds for one request: asgiref's Local asks at each look whether an event loop
runs, and hears by an exception that none does: 45 looks and 110 calls for a list page, which asks for the language and
the connection all the time. And settings read as the plain attributes that they are: 30 more calls, 65 for a form.
Nor is anything looked through at a request's beginning and end that cannot have changed: connections are looked after
at its end, statements are logged where DEBUG says so, and whether a view is a coroutine is asked once. What is nearly
always so is no longer found out by an exception: that an address says nothing of a filter, or a pattern is compiled.
"""

import re
import threading
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any

from django.conf import LazySettings, settings
from django.core import signals
from django.core.cache import DEFAULT_CACHE_ALIAS, BaseCache, caches, close_caches
from django.core.handlers import base as handlers
from django.db import close_old_connections, connections, reset_queries
from django.db.backends.base import base as database
from django.db.backends.base.base import BaseDatabaseWrapper
from django.forms import IntegerField
from django.http import multipartparser, request, response
from django.http.response import ResponseHeaders
from django.middleware import csrf
from django.urls import ResolverMatch, base
from django.utils import timezone
from django.utils.asyncio import async_unsafe
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from django.utils.translation import trans_real

from koprogo.csrf import unmasked
from koprogo.statements import noted

WATCHED = async_unsafe(len).__code__  # of what asks each time that no event loop runs before it calls another

PLACES: list[tuple[Any, str]] = [
    (connections, "_connections"),
    (caches, "_connections"),
    (trans_real, "_active"),
    (timezone, "_active"),
    (base, "_prefixes"),
    (base, "_urlconfs"),
]

# Patterns that Django compiles when they are first used, and then goes round by what does so.
PATTERNS: list[tuple[Any, str]] = [
    (csrf, "invalid_token_chars_re"),
    (response, "_charset_from_content_type_re"),
    (multipartparser.MultiPartParser, "boundary_re"),
    (IntegerField, "re_decimal"),
]
WITH_BOUNDARY = re.compile(r"(multipart/form-data); boundary=([A-Za-z0-9'+_./=?-]+)")


def _get(values: MultiValueDict[str, Any], key: str, default: Any = None) -> Any:
    found = dict.get(values, key)
    return found[-1] if found else default


def _parts(match: ResolverMatch) -> Iterator[Any]:
    return iter((match.func, match.args, match.kwargs))


def _header_parameters(line: str) -> tuple[str, dict[str, str]]:
    """As browsers write it; anything else is read as a letter's head is."""
    plain = WITH_BOUNDARY.fullmatch(line)
    return (plain[1], {"boundary": plain[2]}) if plain else parse_header_parameters(line)


def _contains(headers: ResponseHeaders, name: str) -> bool:
    return name.lower() in headers._store


def _items(headers: ResponseHeaders) -> Collection[tuple[str, str]]:
    return headers._store.values()


def make_lean() -> None:
    """To be called before the first request."""
    LazySettings.__getattribute__ = object.__getattribute__  # type: ignore[method-assign]
    connections.close_all()  # what is forgotten is not left open
    for place, name in PLACES:
        setattr(place, name, threading.local())
    signals.request_started.disconnect(close_old_connections)
    if not settings.DEBUG:
        signals.request_started.disconnect(reset_queries)
    if type(caches[DEFAULT_CACHE_ALIAS]).close is BaseCache.close:  # does nothing
        signals.request_finished.disconnect(close_caches)
    for name, method in list(vars(BaseDatabaseWrapper).items()):
        if getattr(method, "__code__", None) is WATCHED:
            setattr(BaseDatabaseWrapper, name, method.__wrapped__)
    # Django's are those of any mapping, by way of what each name is under.
    ResponseHeaders.__contains__, ResponseHeaders.items = _contains, _items  # type: ignore[assignment, method-assign]
    csrf._unmask_cipher_token = unmasked  # type: ignore[attr-defined]
    handlers.iscoroutinefunction = lru_cache(handlers.iscoroutinefunction)  # type: ignore[attr-defined]
    database.debug_transaction = noted  # type: ignore[attr-defined]
    MultiValueDict.get = _get  # type: ignore[assignment, method-assign]
    ResolverMatch.__iter__ = _parts  # type: ignore[method-assign]
    for place in (request, multipartparser):
        place.parse_header_parameters = _header_parameters  # type: ignore[attr-defined]
    for place, name in PATTERNS:
        pattern = getattr(place, name)
        setattr(place, name, re.compile(pattern.pattern, pattern.flags))
