"""What the row triggers and the services write down."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AbstractBaseUser
from django.db import Error, connection, transaction

from apps.accounts.models import Membership, Organization, User
from apps.audit.models import AuditEvent, PersonalValue
from apps.audit.services import record
from apps.buildings.models import Building
from apps.jobs.models import Job
from koprogo import context
from tests.factories import NOON, BuildingFactory, OrganizationFactory, OwnerFactory, UserFactory


def events(table: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(table=table).order_by("id"))


def building(office: Membership, **fields: Any) -> Building:
    return BuildingFactory(organization=office.organization, **fields)


def test_an_insert_is_told_with_its_values(office: Membership) -> None:
    made = building(office, name="Les Tilleuls", reference="T1")
    [event] = events("buildings_building")
    assert (event.action, event.object_id, event.organization_id) == ("insert", made.pk, office.organization_id)
    assert event.changes["name"] == [None, "Les Tilleuls"]
    assert event.changes["total_shares"] == [None, 1000]
    assert not {"id", "organization_id", "search"} & set(event.changes)


def test_an_update_is_told_with_before_and_after_alone(office: Membership) -> None:
    made = building(office)
    made.total_shares = 10_000
    made.save()
    assert events("buildings_building")[-1].action == "update"
    assert events("buildings_building")[-1].changes == {"total_shares": [1000, 10_000]}


def test_an_update_of_many_rows_is_told_for_each(office: Membership) -> None:
    for _ in range(3):
        building(office)
    Building.objects.update(city="Namur")
    assert [event.action for event in events("buildings_building")] == ["insert"] * 3 + ["update"] * 3


def test_an_update_that_changes_nothing_is_no_event(office: Membership) -> None:
    building(office).save()
    assert len(events("buildings_building")) == 1


def test_a_delete_is_told_and_stays_told(office: Membership) -> None:
    made = building(office, name="Les Tilleuls")
    pk = made.pk
    made.delete()
    assert [(event.action, event.object_id) for event in events("buildings_building")] == [
        ("insert", pk),
        ("delete", pk),
    ]
    assert events("buildings_building")[-1].changes["name"] == ["Les Tilleuls", None]


def test_who_when_from_where_and_which_request(office: Membership) -> None:
    context.enter(context.Context(str(office.organization_id), str(office.user_id), "198.51.100.7", "request-1"))
    building(office)
    [event] = events("buildings_building")
    assert (event.actor_id, event.actor, event.ip, event.request) == (office.user_id, "", "198.51.100.7", "request-1")
    assert abs(datetime.now(UTC) - event.at) < timedelta(minutes=1)


def test_what_is_no_person_is_told_by_its_word(office: Membership) -> None:
    with context.working_as(organization_id=office.organization_id, actor="worker"):
        building(office)
    [event] = events("buildings_building")
    assert (event.actor_id, event.actor) == (None, "worker")


def test_sql_cannot_set_who_or_when(office: Membership) -> None:
    connection.cursor().execute(
        'INSERT INTO audit_event (at, organization_id, actor_id, actor, ip, request, "table", action, changes, reason)'
        " VALUES ('2000-01-01', %s, 1, 'worker', '192.0.2.1', 'forged', '', 'forged', '{}', '')",
        [office.organization_id],
    )
    event = AuditEvent.objects.get(action="forged")
    assert event.at.year > 2000
    assert (event.actor_id, event.actor, event.ip, event.request) == (office.user_id, "", "127.0.0.1", "test")


def test_an_event_of_another_organization_is_refused(office: Membership) -> None:
    foreign = OrganizationFactory()
    with pytest.raises(Error) as refusal, transaction.atomic():
        record("forged", organization_id=foreign.pk)
    assert refusal.value.__cause__.sqlstate == "42501"


def test_an_event_of_no_organization_is_added_and_not_read(office: Membership) -> None:
    record("sign_in_failed", organization_id=None)
    assert not AuditEvent.objects.filter(action="sign_in_failed").exists()
    context.enter(context.Context(organization=str(context.NO_ORGANIZATION)))
    assert AuditEvent.objects.get(action="sign_in_failed").organization_id == 0


def test_another_organizations_events_are_not_read(office: Membership) -> None:
    building(office)
    context.enter(context.Context(organization=str(OrganizationFactory().pk)))
    assert events("buildings_building") == []
    assert not PersonalValue.objects.exclude(organization_id=0).exists()


def test_a_business_event_carries_its_reason(office: Membership) -> None:
    record("exported", organization_id=office.organization_id, on=office, changes={"file": [None, "a.pdf"]}, reason="r")
    event = AuditEvent.objects.get(action="exported")
    assert (event.table, event.object_id, event.changes, event.reason) == (
        "accounts_membership", office.pk, {"file": [None, "a.pdf"]}, "r",
    )  # fmt: skip


# --- Personal values, hidden and ignored ones ---
def test_personal_values_stand_as_references(office: Membership) -> None:
    OwnerFactory(organization=office.organization, name="Vandamme", iban="BE68539007547034")
    [event] = events("owners_owner")
    assert "Vandamme" not in str(event.changes)
    assert "BE68" not in str(event.changes)
    reference = event.changes["name"][1]["personal"]
    kept = PersonalValue.objects.get(pk=reference)
    assert (kept.value, kept.field, kept.object_id) == ("Vandamme", "name", event.object_id)
    assert event.changes["code"][1].startswith("O")


def test_the_same_value_of_a_person_is_kept_once(office: Membership) -> None:
    owner = OwnerFactory(organization=office.organization, city="Ixelles")
    for city in ["Namur", "Ixelles", "Namur"]:
        owner.city = city
        owner.save()
    assert PersonalValue.objects.filter(field="city", object_id=owner.pk).count() == 2


def test_an_empty_personal_value_is_no_reference(office: Membership) -> None:
    OwnerFactory(organization=office.organization, phone="")
    assert events("owners_owner")[0].changes["phone"] == [None, ""]


def test_a_password_is_never_in_an_event(office: Membership) -> None:
    user = UserFactory()
    user.set_password("un mot de passe")
    user.save()
    context.enter(context.Context(organization=str(context.NO_ORGANIZATION)))
    told = [event.changes["password"] for event in events("accounts_user") if "password" in event.changes]
    assert told[-1] == ["…", "…"]
    assert not AuditEvent.objects.filter(changes__icontains="argon2").exists()
    assert not PersonalValue.objects.filter(field="password").exists()


def test_the_last_sign_in_is_no_event_of_its_own(office: Membership) -> None:
    user: AbstractBaseUser = User.objects.get(pk=office.user_id)
    context.enter(context.Context(organization=str(context.NO_ORGANIZATION)))
    before = len(events("accounts_user"))
    user.last_login = NOON
    user.save(update_fields=["last_login"])
    assert len(events("accounts_user")) == before


def test_progress_is_no_event_and_its_end_is(office: Membership) -> None:
    job = Job.objects.create(organization=office.organization, title="Reprise", created_at=NOON, total=10)
    job.done = 5
    job.save()
    job.status = Job.Status.DONE
    job.save()
    assert [event.changes.get("status") for event in events("jobs_job")] == [[None, "waiting"], ["waiting", "done"]]


def test_what_is_rolled_back_is_not_told(office: Membership) -> None:
    with transaction.atomic():
        building(office)
        transaction.set_rollback(True)
    assert events("buildings_building") == []


def test_an_organization_is_told_before_anybody_is_in_it(db: None) -> None:
    context.enter(context.Context(organization=str(context.NO_ORGANIZATION), actor="command line"))
    organization = Organization.objects.create(name="Syndic Delta", slug="delta")
    [event] = events("accounts_organization")
    assert (event.object_id, event.actor, event.organization_id) == (organization.pk, "command line", 0)
