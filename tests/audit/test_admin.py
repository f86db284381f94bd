from datetime import UTC, datetime

import pytest
from django.urls import reverse

from apps.audit.admin import sealed_until
from apps.audit.models import AuditSeal
from tests.accounts.clients import client_in
from tests.factories import UserFactory


@pytest.mark.django_db
def test_staff_read_above_the_events_how_far_they_are_sealed() -> None:
    page = client_in(None, UserFactory(is_staff=True)).get(reverse("admin:audit_auditevent_changelist"))
    assert "<h2>Rien n’est scellé encore.</h2>" in page.content.decode()


def test_it_says_up_to_which_event_and_since_when() -> None:
    last = AuditSeal(last_event=2482, sealed_at=datetime(2026, 1, 15, 11, 30, tzinfo=UTC))
    assert sealed_until(last) == "Scellé jusqu’à l’événement 2482, le 15/01/2026 12:30."
