"""Sessions: one statement reads session, person, membership and organization, and sets the database's context."""

import marshal
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, cast

import psycopg
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Membership, Organization, Session, User
from koprogo.prepared import Instance, instance
from koprogo.statements import execute_on

USER_FIELDS = ["id", "password", "email", "name", "language", "is_active", "is_staff"]
MEMBERSHIP_FIELDS = ["id", "organization_id", "user_id", "role", "is_active"]
ORGANIZATION_FIELDS = ["id", "name", "slug", "language", "requires_second_factor"]


def _columns(alias: str, fields: list[str]) -> str:
    return ", ".join(f"{alias}.{field}" for field in fields)


# Starting from VALUES there is always one row: an unknown or missing key clears what the last request left.
# Staff enter an organization without being its members.
FIND = f"""
SELECT s.session_data, coalesce(s.last_used_at < now() - interval '1 minute', true),
  {_columns("u", USER_FIELDS)}, {_columns("m", MEMBERSHIP_FIELDS)},
  {_columns("o", ORGANIZATION_FIELDS)},
  set_config('koprogo.organization', coalesce(o.id::text, ''), false),
  set_config('koprogo.actor', coalesce(u.id::text, ''), false),
  set_config('koprogo.ip', %s, false), set_config('koprogo.request', %s, false)
FROM (VALUES (%s)) AS given(key)
LEFT JOIN accounts_session s ON s.session_key = given.key AND s.expire_date > now()
LEFT JOIN accounts_user u ON u.id = s.user_id AND u.is_active
LEFT JOIN accounts_membership m ON m.user_id = u.id AND m.organization_id = s.organization_id AND m.is_active
LEFT JOIN accounts_organization o ON o.id = s.organization_id AND (m.id IS NOT NULL OR u.is_staff)
"""  # noqa: S608 - constants of this module


class Visitor(NamedTuple):
    """Who stands behind a session, where they are a member, and which organization they chose."""

    user: User | None
    membership: Membership | None
    organization: Organization | None


NOBODY = Visitor(None, None, None)


class SessionStore(DatabaseStore):
    visitor: Visitor = NOBODY

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def enter(self, *, ip: str, request_id: str) -> None:
        """Read the session and set the context. Called at the start of every request, with or without a key."""
        parameters = [ip, request_id, self.session_key or ""]
        try:
            row = _find(parameters)
        except psycopg.OperationalError:
            # The server was restarted since the last request: once more on a fresh connection.
            if connection.in_atomic_block:
                raise
            connection.close()
            row = _find(parameters)
        # This statement was the health check: Django needs no other on this connection.
        connection.health_check_done = True  # type: ignore[attr-defined]
        self._take(row)

    def load(self) -> dict[str, Any]:
        """Django's way in, for a session that was not entered by a request (the admin's tests, allauth)."""
        self.enter(ip="", request_id="")
        return self._session_cache

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Each time a new dictionary; whether the text bears our signature is asked once."""
        found: dict[str, Any] = marshal.loads(_read(session_data))  # noqa: S302 (our own, and never stored)
        return found

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = cast(Session, super().create_model_instance(data))
        session.user_id = data.get(SESSION_KEY)
        session.organization_id = data.get("organization")
        session.last_used_at = timezone.now()
        return session

    def flush(self) -> None:
        super().flush()
        self.visitor = NOBODY

    def _take(self, row: tuple[Any, ...]) -> None:
        data, is_to_be_noted = row[:2]
        if data is None:
            self._session_key = None
            self._session_cache: dict[str, Any] = {}
            return
        self._session_cache = self.decode(data)
        columns = iter(row[2:])
        user = _instance(User, USER_FIELDS, columns)
        membership = _instance(Membership, MEMBERSHIP_FIELDS, columns)
        organization = _instance(Organization, ORGANIZATION_FIELDS, columns)
        if membership is not None:  # what follows the foreign keys asks the database nothing
            membership._state.fields_cache.update(user=user, organization=organization)
        self.visitor = Visitor(user, membership, organization)
        if is_to_be_noted:  # the one write that reading a page may do, once a minute at most
            Session.objects.filter(session_key=self.session_key).update(last_used_at=timezone.now())


@lru_cache(maxsize=1024)
def _read(session_data: bytes | str) -> bytes:
    return marshal.dumps(DatabaseStore.decode(SessionStore(), session_data))


def _find(parameters: list[str]) -> tuple[Any, ...]:
    connection.ensure_connection()
    [row] = execute_on(connection.connection, FIND, parameters)
    return row


def _instance(model: type[Instance], fields: list[str], columns: Iterator[Any]) -> Instance | None:
    values = list(islice(columns, len(fields)))
    return None if values[0] is None else instance(model, fields, values)
