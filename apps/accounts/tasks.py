"""What the worker does by itself for the accounts."""

from datetime import UTC, datetime

from django.db import connection
from procrastinate.contrib.django import app

from apps.accounts.models import Organization
from apps.accounts.services import forget_submissions
from koprogo.context import working_as


@app.periodic(cron="40 2 * * *")
@app.task(queueing_lock="forget_what_was_sent")
def forget_what_was_sent(timestamp: int) -> None:
    """Each night: a form that was sent a week ago is not sent once more."""
    try:
        for organization in Organization.objects.order_by("id"):
            with working_as(organization_id=organization.pk, actor="worker"):
                forget_submissions(organization=organization, at=datetime.fromtimestamp(timestamp, UTC))
    finally:
        connection.close()  # the next task may run in another thread
