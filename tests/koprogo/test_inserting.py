"""A row that is inserted by the prepared statement is the row that `save()` would have written."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses.models import Supplier
from apps.units.models import Unit
from koprogo.context import Context, enter
from koprogo.inserting import insert
from tests.factories import BuildingFactory, MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> Membership:
    found = MembershipFactory()
    enter(Context(str(found.organization_id)))
    return found


@pytest.fixture
def building(office: Membership) -> Building:
    return BuildingFactory(organization=office.organization)


def lot(building: Building, number: str) -> Unit:
    return Unit(
        organization_id=building.organization_id, building=building, number=number, kind=Unit.Kind.CELLAR,
        floor=-1, area=Decimal("12.50"), share=3, position=int(number[1:]), archived_on=date(2025, 1, 2),
    )  # fmt: skip


def test_the_row_is_what_save_would_write(building: Building) -> None:
    mine, other = insert(lot(building, "A1")), lot(building, "A2")
    other.save()
    written = {"organization": building.organization_id, "building": building.pk, "area": Decimal("12.50")}
    for made in (mine, other):
        stored = model_to_dict(Unit.objects.get(pk=made.pk))
        assert (stored, made._state.adding) == (model_to_dict(made), False)
        assert stored.items() >= written.items()
    events = AuditEvent.objects.filter(table="units_unit", object_id__in=[mine.pk, other.pk])
    assert [event.changes.keys() for event in events][:1] * 2 == [event.changes.keys() for event in events]


def test_what_postgresql_makes_of_the_row_stands_on_it(office: Membership) -> None:
    made = insert(Supplier(organization=office.organization, name="Été SA"))
    assert (made.key, made.search) == ("etesa", "ete sa")


def test_what_postgresql_refuses_is_refused(building: Building) -> None:
    insert(lot(building, "A1"))
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(lot(building, "A1"))
    assert Unit.objects.count() == 1


def test_a_wrong_organization_is_refused(building: Building) -> None:
    enter(Context(str(MembershipFactory().organization_id)))
    with pytest.raises(Exception, match="row-level security"), transaction.atomic():
        insert(lot(building, "A1"))
    enter(Context(str(building.organization_id)))
