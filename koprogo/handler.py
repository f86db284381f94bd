"""Django's handler without what it finds out anew at each request, though it is always the same."""

from functools import lru_cache
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.urls import ResolverMatch, get_resolver

from koprogo.posted import Request

LONGEST_KEPT = 100  # characters of a path: what is kept stays small whatever is asked for


class Handler(WSGIHandler):
    request_class = Request

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        path = request.path_info
        match = _kept_match(path) if len(path) <= LONGEST_KEPT else _match(path)
        request.resolver_match = match
        return match

    def make_view_atomic(self, view: Any) -> Any:
        """Views open their transactions themselves (apps.accounts.access); ATOMIC_REQUESTS is off."""
        return view

    def check_response(self, response: Any, callback: Any, name: str | None = None) -> None:
        if response is None:
            super().check_response(response, callback, name)  # type: ignore[arg-type]


def _match(path: str) -> ResolverMatch:
    """Raises Resolver404, which is not kept."""
    return get_resolver().resolve(path)


_kept_match = lru_cache(maxsize=2048)(_match)
