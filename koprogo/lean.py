"""What Django does at every step for other ways of being used, left out where a process only serves WSGI.

Plain thread-locals where it keeps what holds for one request: asgiref's Local asks at each look whether an event loop
runs, and hears by an exception that none does: 45 looks and 110 calls for a list page, which asks for the language and
the connection all the time. And settings read as the plain attributes that they are: 30 more calls, 65 for a form.
"""

import threading
from typing import Any

from django.conf import LazySettings
from django.core.cache import caches
from django.db import connections
from django.urls import base
from django.utils import timezone
from django.utils.translation import trans_real

PLACES: list[tuple[Any, str]] = [
    (connections, "_connections"),
    (caches, "_connections"),
    (trans_real, "_active"),
    (timezone, "_active"),
    (base, "_prefixes"),
    (base, "_urlconfs"),
]


def make_lean() -> None:
    """To be called before the first request."""
    LazySettings.__getattribute__ = object.__getattribute__  # type: ignore[method-assign]
    connections.close_all()  # what is forgotten is not left open
    for place, name in PLACES:
        setattr(place, name, threading.local())
