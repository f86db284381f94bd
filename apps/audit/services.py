"""Recording business events beside the data events of the row triggers."""

from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb

from koprogo.context import NO_ORGANIZATION

# Written out: the ORM would ask for the new row back, and an event of no organization may be added but not read.
INSERT = """
INSERT INTO audit_event (organization_id, "table", object_id, action, changes, reason, actor, request)
VALUES (%s, %s, %s, %s, %s, %s, '', '')
"""


def record(
    action: str,
    *,
    organization_id: int | None,
    on: models.Model | None = None,
    changes: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add a business event (approval, export, sign-in); None as organization: before one is known.

    Who, when, from where and which request come from the connection's context, whatever is passed here.
    """
    organization = NO_ORGANIZATION if organization_id is None else organization_id
    table, object_id = ("", None) if on is None else (on._meta.db_table, on.pk)
    values: list[Any] = [organization, table, object_id, action, Jsonb(changes or {}), reason]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)
