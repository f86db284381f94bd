"""The devices where a person has signed in before, known by a signed cookie."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from apps.accounts.models import User

COOKIE = "devices"  # e-mail addresses in hashes and, for each, what this browser is called for it
SALT = "apps.accounts.devices"
LASTS = 365 * 24 * 3600
PATH = "/account/"  # where one signs in; no other page gets the cookie
MOST_PEOPLE = 5  # on one browser: who signed in last stay


def known_device(request: HttpRequest, *, email: str) -> str | None:
    """What this browser is called for that person; None where they have not signed in, or too long ago."""
    return _read(request).get(_mark(email))


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """After a sign-in. A device keeps its name, so that signing in once does not forget failed tries."""
    known = _read(request)
    name = known.pop(_mark(user.email), None) or secrets.token_urlsafe(12)
    people = [*known.items(), (_mark(user.email), name)][-MOST_PEOPLE:]
    response.set_cookie(
        COOKIE, signing.dumps(dict(people), salt=SALT), max_age=LASTS, path=PATH, httponly=True, samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )  # fmt: skip


def _read(request: HttpRequest) -> dict[str, str]:
    try:
        found: dict[str, str] = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return {}
    return found


def _mark(email: str) -> str:
    """The person as the cookie names them: it lies on disks, and gives no address away."""
    return signing.Signer(salt=SALT).signature(email.strip().lower())[:16]
