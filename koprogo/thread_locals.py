"""Plain thread-locals where Django keeps what holds for one request: no view of the site is asynchronous.

asgiref's Local asks at each look whether an event loop runs, and hears by an exception that none does: 45 looks and
110 calls for a list page, which asks for the language and the connection all the time.
"""

import threading
from typing import Any

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


def use_thread_locals() -> None:
    """For a process that only serves WSGI, before its first request."""
    connections.close_all()  # what is forgotten is not left open
    for place, name in PLACES:
        setattr(place, name, threading.local())
