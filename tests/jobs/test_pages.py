"""The list of long works."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.jobs.models import Job
from apps.jobs.services import create_job
from koprogo import context
from tests.accounts.clients import client_of, colleague
from tests.factories import NOON


def job(office: Membership, title: str, status: str = "done", **fields: Any) -> Job:
    made = create_job(organization=office.organization, title=title, by=fields.pop("by", office.user), at=NOON)
    Job.objects.filter(pk=made.pk).update(status=status, **fields)
    return made


def table(office: Membership, query: str = "", **headers: str) -> str:
    return client_of(office).get(f"/jobs/{query}", headers=headers).content.decode()


def test_the_list_is_filtered_by_state_and_person(office: Membership) -> None:
    marc = colleague(office, Role.ACCOUNTANT)
    job(office, "Reprise A")
    job(office, "Reprise B", "failed")
    job(office, "Reprise C", "failed", by=marc.user)
    page = table(office, f"?status=failed&person={marc.user_id}")
    assert [name for name in ("Reprise A", "Reprise B", "Reprise C") if name in page] == ["Reprise C"]
    assert f'<option value="{marc.user_id}" selected>' in page


def test_a_filter_that_finds_nothing_says_so(office: Membership) -> None:
    assert "Aucun traitement." in table(office)
    job(office, "Reprise A")
    assert "Aucun traitement ne correspond." in table(office, "?status=cancelled")


@pytest.mark.parametrize(("status", "is_asked_again"), [("running", True), ("cancelling", True), ("done", False)])
def test_the_table_is_asked_again_while_something_runs(office: Membership, status: str, is_asked_again: bool) -> None:
    job(office, "Reprise A", status, done=21, total=50)
    page = table(office, "?person=&page=1")
    assert ('hx-get="/jobs/?person=&amp;page=1"' in page) is is_asked_again
    assert ('max="50" value="21"' in page) is is_asked_again


def test_htmx_gets_the_table_alone(office: Membership) -> None:
    job(office, "Reprise A", "running")
    assert table(office, HX_Request="true").lstrip().startswith('<div id="jobs"')


def test_the_statements_are_two_for_one_job_and_three_with_a_count(office: Membership) -> None:
    """People · jobs · how many there are."""
    job(office, "Reprise")
    client = client_of(office)
    few = _statements(client)
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))
    for _ in range(30):
        job(office, "Reprise", "running")
    assert (few, _statements(client)) == (2, 3)


def _statements(client: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get("/jobs/")
    return len(captured)


def test_a_cancelled_job_says_so(office: Membership) -> None:
    made = job(office, "Reprise A", "cancelled", message="Annulé à la demande de Claire.")
    page = client_of(office).get(f"/jobs/{made.pk}/").content.decode()
    assert "Annulé à la demande de Claire." in page
    assert "Arrêter ce traitement" not in page
