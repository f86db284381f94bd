"""The start of every request: session and context, person and organization, language."""

import random
from collections.abc import Callable
from functools import lru_cache, partial
from secrets import compare_digest

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth import middleware as auth
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from apps.accounts.models import User
from apps.accounts.sessions import NOBODY
from koprogo import context
from koprogo.visitors import client_address


class SessionMiddleware(sessions.SessionMiddleware):
    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        # Always, and before any other statement: whatever the last request on this connection left is replaced.
        request.session.enter(ip=client_address(request), request_id=_request_id())  # type: ignore[attr-defined]

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Most requests only read their session, and no answer that depends on it is kept (koprogo.headers)."""
        session = request.session
        if session.session_key and not session.modified:
            return response
        return super().process_response(request, response)


def _request_id() -> str:
    """Ties the events of one request together; no secret, so the system need not be asked for chance."""
    return f"{random.getrandbits(128):032x}"


class AuthenticationMiddleware(auth.AuthenticationMiddleware):
    """Puts user, membership and organization on the request, from what the session's statement found."""

    def process_request(self, request: HttpRequest) -> None:
        visitor = request.session.visitor  # type: ignore[attr-defined]
        if visitor.user is not None and not _is_current(request, visitor.user):
            request.session.flush()
            context.enter(context.current()._replace(organization="", actor=""))
            visitor = NOBODY
        request.user = request._cached_user = visitor.user or AnonymousUser()  # type: ignore[attr-defined]
        request.auser = partial(_found, request.user)
        request.membership, request.organization = visitor.membership, visitor.organization  # type: ignore[attr-defined]


def _is_current(request: HttpRequest, user: User) -> bool:
    """A changed password ends the sessions that were opened with the old one."""
    session = request.session
    return session.get(SESSION_KEY) == str(user.pk) and compare_digest(
        session.get(HASH_SESSION_KEY, ""), _session_hash(user.password)
    )


@lru_cache(maxsize=1024)
def _session_hash(password: str) -> str:
    return User(password=password).get_session_auth_hash()


async def _found(user: User | AnonymousUser) -> User | AnonymousUser:
    return user


class LanguageMiddleware:
    """A person's own language; before sign-in, the browser's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", None) or translation.get_language_from_request(request)
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
