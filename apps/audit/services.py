"""Recording business events beside the data events of the row triggers."""

from typing import Any

from django.db import models

from apps.audit.models import AuditEvent
from koprogo.context import NO_ORGANIZATION


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
    AuditEvent.objects.create(
        organization_id=NO_ORGANIZATION if organization_id is None else organization_id,
        action=action,
        table=on._meta.db_table if on is not None else "",
        object_id=on.pk if on is not None else None,
        changes=changes or {},
        reason=reason,
    )
