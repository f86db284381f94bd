"""Nobody keeps the processor from the others with papers."""

from typing import Any

import pytest
from django.core.cache import cache

from apps.accounts import limits
from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from tests.accounts.clients import client_of, colleague

PAPER = "/journal/journal.xlsx"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The tenth second of a minute, until a test says otherwise."""
    cache.clear()
    now = [600_010.0]
    now[0] -= now[0] % 60 - 10
    monkeypatch.setattr(limits, "time", lambda: now[0])
    monkeypatch.setattr(limits, "MOST", 3)
    return now


def test_beyond_the_limit_it_says_when_to_come_back_and_the_journal_knows(
    office: Membership, clock: list[float]
) -> None:
    client = client_of(office)
    answers = [client.get(PAPER) for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[3].headers["Retry-After"] == "50"
    assert "dans 50 secondes" in answers[3].content.decode()
    event = AuditEvent.objects.get(action="refused")
    assert (event.reason, event.changes["answer"]) == (f"GET {PAPER}", [None, 429])
    clock[0] += 50
    assert client.get(PAPER).status_code == 200


def test_a_colleague_is_not_kept_waiting_and_pages_are_not_counted(office: Membership) -> None:
    client = client_of(office)
    for _ in range(4):
        client.get(PAPER)
    assert client_of(colleague(office, "manager")).get(PAPER).status_code == 200
    assert client.get("/journal/").status_code == 200


def test_a_cache_that_has_lost_count_begins_anew(office: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_arguments: Any) -> int:
        raise ValueError

    monkeypatch.setattr(limits.cache, "incr", gone)
    assert client_of(office).get(PAPER).status_code == 200
