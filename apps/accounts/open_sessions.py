"""A person's open sessions: on which devices, and ending them."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth import HASH_SESSION_KEY
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Session
from apps.audit.services import record
from koprogo.visitors import client_address

PLACE = "place"  # in the session's data: browser, system and address of its sign-in
# Each browser calls itself by its forerunners' names too: the first that fits.
BROWSERS = {"Edg/": "Edge", "EdgA/": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "FxiOS": "Firefox",
            "CriOS": "Chrome", "Chrome/": "Chrome", "Safari/": "Safari"}  # fmt: skip
SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Macintosh": "Mac",
           "CrOS": "ChromeOS", "Linux": "Linux"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One line of the list. `name` stands for the key, which is a secret."""

    name: str
    browser: str
    system: str
    address: str
    used_at: datetime | None
    is_current: bool

    @property
    def device(self) -> str:
        if not self.browser and not self.system:
            return _("Appareil inconnu")
        return " · ".join(filter(None, [self.browser, self.system]))


def note_place(request: HttpRequest) -> None:
    """Remember in the session from where it was opened."""
    agent = request.META.get("HTTP_USER_AGENT", "")
    request.session[PLACE] = [_first(BROWSERS, agent), _first(SYSTEMS, agent), client_address(request)]


def _first(names: dict[str, str], agent: str) -> str:
    return next((name for mark, name in names.items() if mark in agent), "")


def open_sessions(request: HttpRequest) -> list[OpenSession]:
    """This one first, then as they were last used. One statement."""
    return [_open(each, data, request) for each, data in _sessions(request)]


def end_session(request: HttpRequest, name: str) -> bool:
    """Whether there was such a session of the same person to end."""
    keys = [each.session_key for each, _data in _sessions(request) if _name(each.session_key) == name]
    return _end(request, keys) > 0


def end_other_sessions(request: HttpRequest) -> int:
    """All of the same person but the one that asks; how many there were."""
    mine = request.session.session_key
    return _end(request, [each.session_key for each, _data in _sessions(request) if each.session_key != mine])


def _end(request: HttpRequest, keys: list[str]) -> int:
    ended, _tables = Session.objects.filter(session_key__in=keys).delete()
    if ended:
        organization = request.organization  # type: ignore[attr-defined]
        record(
            "sessions_ended", organization_id=organization.pk if organization else None, on=request.user,  # type: ignore[arg-type]
            changes={"count": [None, ended]},
        )  # fmt: skip
    return ended


def _sessions(request: HttpRequest) -> list[tuple[Session, dict[str, Any]]]:
    """Those that a request would still open: neither expired nor from before a change of password."""
    mine = request.session
    found = Session.objects.filter(user=request.user, expire_date__gt=timezone.now()).order_by(
        "-last_used_at", "session_key"
    )  # fmt: skip
    both = [(each, each.get_decoded()) for each in found]
    alive = [(each, data) for each, data in both if data.get(HASH_SESSION_KEY) == mine.get(HASH_SESSION_KEY)]
    return sorted(alive, key=lambda pair: pair[0].session_key != mine.session_key)


def _open(session: Session, data: dict[str, Any], request: HttpRequest) -> OpenSession:
    browser, system, address = data.get(PLACE) or ["", "", ""]
    is_current = session.session_key == request.session.session_key
    return OpenSession(_name(session.session_key), browser, system, address, session.last_used_at, is_current)


def _name(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:20]
