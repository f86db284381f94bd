"""The two walls between organizations, each tried with the other one taken away.

The neighbour's rows all carry the word "Voisin"; no page of ours may show it.
"""

from collections.abc import Iterator
from copy import copy
from datetime import date
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.accounts.tenancy import TenantQuerySet
from apps.audit.models import AuditEventQuerySet
from apps.buildings.models import Building, BuildingAccess
from apps.expenses import services
from apps.expenses.models import Expense
from apps.jobs.models import Job
from apps.owners.models import Owner
from apps.units.models import Unit
from koprogo import context
from koprogo.prepared import Question, Statement
from tests.accounts.clients import client_of
from tests.conftest import _use_role
from tests.factories import (
    NOON,
    BuildingFactory,
    MembershipFactory,
    SupplierFactory,
    UnitFactory,
    building_with_lots,
    expense_of,
)

LISTS = ["desk:home", "desk:journal", "buildings:list", "units:list", "owners:list", "expenses:list",
         "expenses:suppliers", "jobs:list", "accounts:team", "takeover:upload"]  # fmt: skip
DETAILS = {
    "building": ["buildings:detail", "buildings:units", "buildings:keys", "buildings:holders", "buildings:expenses",
                 "expenses:charges", "expenses:charges_pdf", "expenses:charges_xlsx"],
    "unit": ["units:detail"],
    "owner": ["owners:detail"],
    "expense": ["expenses:detail", "expenses:apportionment_pdf"],
    "job": ["jobs:detail"],
    "membership": ["accounts:end_membership", "buildings:access", "owners:access"],
}  # fmt: skip
POSTS = {
    "expense": ["expenses:submit", "expenses:approve", "expenses:reject", "expenses:pay", "expenses:unpay"],
    "membership": ["accounts:end_membership", "accounts:invite_again"],
}


def neighbour_of(office: Membership) -> dict[str, Any]:
    """An office next door with something in every list, and an id of each kind."""
    other = MembershipFactory(user__name="Voisin", organization__name="Syndic d’à côté", role=Role.MANAGER)
    organization = other.organization
    with transaction.atomic(), context.working_as(organization_id=organization.pk, actor=other.user_id):
        building = building_with_lots(organization, [1000], name="Résidence Voisin")
        Unit.objects.update(number="Voisin")
        Owner.objects.update(name="Voisin")
        supplier = SupplierFactory(organization=organization, name="Voisin SA")
        expense = expense_of(building, description="Voisin", supplier=supplier)
        services.approve_expense(expense=expense, by=other.user, on=date(2026, 1, 15))
        job = Job.objects.create(organization=organization, title="Voisin", created_at=NOON)
        return {
            "building": building.pk, "unit": Unit.objects.get().pk, "owner": Owner.objects.get().pk,
            "expense": expense.pk, "job": job.pk, "membership": other.pk,
        }  # fmt: skip


def path_of(name: str, *args: Any) -> str:
    return reverse(name, args=args)


@pytest.fixture
def row_security_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first wall is down: querysets return whatever PostgreSQL lets through."""
    monkeypatch.setattr(TenantQuerySet, "for_organization", lambda self, organization: self.all())
    monkeypatch.setattr(AuditEventQuerySet, "for_organization", lambda self, organization: self.all())
    asked = Question.statement

    def compiled_anew(question: Question, *arguments: Any) -> Statement | None:
        """Neither as another test left it, with the first wall, nor left for others without."""
        anew = copy(question)
        anew._statements = {}
        return asked(anew, *arguments)

    monkeypatch.setattr(Question, "statement", compiled_anew)


@pytest.fixture
def querysets_alone(transactional_db: None) -> Iterator[None]:
    """The second wall is down: the owner's role sees the rows of every organization."""
    yield
    _use_role("app")


def assert_nothing_of_the_neighbour(client: Client, name: str) -> None:
    answer = client.get(path_of(name))
    assert answer.status_code == 200
    assert "Voisin" not in answer.content.decode()


# Memberships are read before there is an organization: the team page has the first wall only.
@pytest.mark.parametrize("name", [name for name in LISTS if name != "accounts:team"])
def test_row_security_alone_hides_the_neighbour_in_lists(
    office: Membership, row_security_alone: None, name: str
) -> None:
    neighbour_of(office)
    assert_nothing_of_the_neighbour(client_of(office), name)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        # Memberships are read before there is an organization: they have the first wall only.
        (kind, name)
        for kind, names in DETAILS.items()
        for name in names
        if kind != "membership"
    ],
)
def test_row_security_alone_hides_the_neighbours_pages(
    office: Membership, row_security_alone: None, kind: str, name: str
) -> None:
    path = path_of(name, neighbour_of(office)[kind])
    assert client_of(office).get(path).status_code == 404


def test_the_querysets_alone_hide_the_neighbour(querysets_alone: None, office: Membership) -> None:
    """All pages in one test: each change of role costs a connection."""
    ids = neighbour_of(office)
    client = client_of(office)
    _use_role("owner")
    assert Building.objects.filter(name="Résidence Voisin").exists()  # else this test would say nothing
    for name in LISTS:
        assert_nothing_of_the_neighbour(client, name)
    found = {
        name: client.get(path_of(name, ids[kind])).status_code for kind, names in DETAILS.items() for name in names
    }
    assert {name: status for name, status in found.items() if status != 404} == {}


def test_the_querysets_alone_keep_the_neighbours_rows_from_being_changed(
    querysets_alone: None, office: Membership
) -> None:
    ids = neighbour_of(office)
    client = client_of(office)
    _use_role("owner")
    found = {name: client.post(path_of(name, ids[kind])).status_code for kind, names in POSTS.items() for name in names}
    assert {name: status for name, status in found.items() if status != 404} == {}
    assert Expense.objects.get(pk=ids["expense"]).status == "approved"
    assert Membership.objects.get(pk=ids["membership"]).is_active


# --- What PostgreSQL does with rows of another organization ---
def test_without_an_organization_there_are_no_rows(office: Membership) -> None:
    BuildingFactory(organization=office.organization)
    context.leave()
    assert not Building.objects.exists()


def test_an_organization_that_is_no_number_stops_everything(office: Membership) -> None:
    BuildingFactory(organization=office.organization)  # an empty table asks nobody
    context.enter(context.Context(organization="1 OR true"))
    with pytest.raises(Error), transaction.atomic():
        list(Building.objects.all())


def refused(change: Any) -> str:
    with pytest.raises(Error) as refusal, transaction.atomic():
        change()
    return str(refusal.value.__cause__.sqlstate)


def test_foreign_rows_cannot_be_written(office: Membership) -> None:
    foreign = MembershipFactory().organization
    with context.working_as(organization_id=foreign.pk, actor="test"):
        theirs = BuildingFactory(organization=foreign, name="Voisin")
    ours = BuildingFactory(organization=office.organization)
    assert refused(lambda: BuildingFactory(organization=foreign)) == "42501"
    assert refused(lambda: Building.objects.filter(pk=ours.pk).update(organization=foreign)) == "42501"
    assert Building.objects.filter(pk=theirs.pk).update(name="Pris") == 0
    assert Building.objects.filter(pk=theirs.pk).delete() == (0, {})


def test_a_row_cannot_refer_to_another_organizations(office: Membership) -> None:
    """Refused in the statement: PostgreSQL looks for (organization, building) and finds none."""
    foreign = MembershipFactory().organization
    with context.working_as(organization_id=foreign.pk, actor="test"):
        theirs = BuildingFactory(organization=foreign)
    change = {"building": theirs, "organization": office.organization}
    assert refused(lambda: UnitFactory(**change)) == "23503"
    assert refused(lambda: BuildingAccess.objects.create(membership=office, **change)) == "23503"


def test_a_row_cannot_refer_across_buildings(office: Membership) -> None:
    one = building_with_lots(office.organization, [1000])
    other = building_with_lots(office.organization, [1000])
    unit = Unit.objects.get(building=other)
    assert refused(lambda: expense_of(one, line_unit=unit, line_account="643")) == "23503"


def test_the_same_reference_may_stand_in_two_organizations(office: Membership) -> None:
    BuildingFactory(organization=office.organization, reference="T1")
    foreign = MembershipFactory().organization
    with context.working_as(organization_id=foreign.pk, actor="test"):
        BuildingFactory(organization=foreign, reference="T1")
    assert refused(lambda: BuildingFactory(organization=office.organization, reference="T1")) == "23505"


def test_what_is_referred_to_is_protected(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    with pytest.raises(ProtectedError):
        building.delete()
    assert refused(lambda: connection.cursor().execute("DELETE FROM buildings_building")) == "23503"


def test_a_child_and_then_its_parent_are_removed(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization)
    unit = UnitFactory(building=building)
    unit.delete()
    building.delete()
    assert not Building.objects.exists()
