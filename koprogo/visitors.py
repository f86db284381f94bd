"""Where a request comes from, behind the proxies that the settings trust."""

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The visitor's IP address; "" when not even the connection has one (a test, a socket).

    Each trusted proxy adds to the right of X-Forwarded-For the address that it was called from: with n proxies the
    n-th from the right is the visitor's, and what stands left of it the visitor may have invented.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    proxies = settings.KOPROGO_PROXIES
    given = forwarded[-proxies] if 0 < proxies <= len(forwarded) else ""
    return _address(given) or _address(request.META.get("REMOTE_ADDR", ""))


@lru_cache(maxsize=4096)
def _address(given: str) -> str:
    """As the database takes it: without the zone of a link-local address; "" when it is none."""
    try:
        return str(ipaddress.ip_address(given.strip().partition("%")[0]))
    except ValueError:
        return ""
