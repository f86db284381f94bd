"""Changes of hands in the database: who holds the lots afterwards, and what others see of it."""

from datetime import date
from fractions import Fraction

import pytest
from django.db import connection

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.owners.changes import FULL, History, Right, corrected, passed_on, shared, taken_back, transferred
from apps.owners.holdings import HandsChangedMeanwhile, LotChange, Newcomer, change_hands, load_hands, next_codes
from apps.owners.models import Holding, Owner
from apps.owners.queries import holding_periods
from apps.units.models import Unit
from tests.factories import OwnerFactory, building_with_lots

START, DEED = date(2019, 1, 1), date(2025, 9, 15)
ONE, HALF = Fraction(1), Fraction(1, 2)


@pytest.fixture
def building(office: Membership) -> Building:
    return building_with_lots(office.organization, [600, 400])


def lot(building: Building, number: str = "L1") -> Unit:
    return Unit.objects.select_related("building").get(building=building, number=number)


def history_of(unit: Unit) -> History:
    return load_hands(unit.building).history(unit)


def write(unit: Unit, after: History, action: str = "lot_sold", reason: str = "") -> None:
    change_hands(
        building=unit.building, changes=[LotChange(unit, history_of(unit), after)], newcomers={}, action=action,
        reason=reason,
    )  # fmt: skip
    connection.check_constraints()


def sale_to(unit: Unit, buyer: Owner, on: date = DEED) -> History:
    history = history_of(unit)
    return passed_on(history, history[-1], on, lambda rights: transferred(rights, [Right(buyer.pk, FULL, ONE)]))


def held_by(unit: Unit) -> list[tuple[str, date, date | None]]:
    return [
        (each.holder.codes, each.starts_on, each.ends_on) for each in holding_periods(unit.building).get(unit.pk, [])
    ]


def test_a_sale_ends_one_holding_and_begins_another(building: Building) -> None:
    unit, buyer = lot(building), OwnerFactory(organization=building.organization, code="B")
    seller = held_by(unit)[0][0]
    write(unit, sale_to(unit, buyer))
    assert held_by(unit) == [(seller, START, DEED), ("B", DEED, None)]


def test_the_row_that_stays_keeps_its_number(building: Building) -> None:
    unit, buyer = lot(building), OwnerFactory(organization=building.organization)
    (first,) = Holding.objects.filter(unit=unit)
    write(unit, sale_to(unit, buyer))
    write(unit, taken_back(history_of(unit)))
    assert list(Holding.objects.filter(unit=unit).values_list("pk", "ends_on")) == [(first.pk, None)]


def test_a_wrong_buyer_is_replaced_in_place(building: Building) -> None:
    unit, (wrong, right) = lot(building), [OwnerFactory(organization=building.organization, code=c) for c in "WR"]
    write(unit, sale_to(unit, wrong))
    history = history_of(unit)
    write(unit, corrected(history, history[-1], date(2025, 8, 1), (Right(right.pk, FULL, ONE),)))
    assert held_by(unit)[1] == ("R", date(2025, 8, 1), None)
    write(unit, corrected(history_of(unit), history_of(unit)[-1], date(2025, 8, 1), (Right(wrong.pk, FULL, ONE),)))
    assert held_by(unit)[1] == ("W", date(2025, 8, 1), None)
    assert Holding.objects.filter(unit=unit).count() == 2


def test_the_same_members_over_two_lots_are_one_holder(building: Building) -> None:
    seller, partner = Owner.objects.order_by("pk")[0], OwnerFactory(organization=building.organization)
    write(lot(building, "L2"), sale_to(lot(building, "L2"), seller))
    changes = []
    for unit in (lot(building, "L1"), lot(building, "L2")):
        history = history_of(unit)
        half = [Right(partner.pk, FULL, HALF)]
        after = passed_on(history, history[-1], date(2026, 1, 1), lambda rights, taken=half: shared(rights, taken))
        changes.append(LotChange(unit, history, after))
    change_hands(building=building, changes=changes, newcomers={}, action="lot_split")
    connection.check_constraints()
    assert Holding.objects.filter(ends_on=None).values("holder").distinct().count() == 1


def test_a_newcomer_is_recorded_with_the_change(building: Building) -> None:
    unit = lot(building)
    buyer = Newcomer("person", "Maes", "Jan", "nl", "Meir 2", "2000", "Antwerpen", "BE")
    history = history_of(unit)
    after = passed_on(history, history[-1], DEED, lambda rights: transferred(rights, [Right(-1, FULL, ONE)]))
    change_hands(
        building=building, changes=[LotChange(unit, history, after)], newcomers={-1: ("C0001", buyer)},
        action="lot_sold",
    )  # fmt: skip
    owner = Owner.objects.get(code="C0001")
    assert (owner.full_name, owner.city, owner.language) == ("Jan Maes", "Antwerpen", "nl")
    assert held_by(unit)[1] == ("C0001", DEED, None)


def test_codes_for_new_owners_are_free(building: Building) -> None:
    OwnerFactory(organization=building.organization, code="C0041")
    OwnerFactory(organization=building.organization, code="CLAIRE")
    assert next_codes(building.organization, 2) == ["C0042", "C0043"]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(building: Building) -> None:
    unit, (first, second) = lot(building), [OwnerFactory(organization=building.organization) for _ in range(2)]
    stale = LotChange(unit, history_of(unit), sale_to(unit, second))
    write(unit, sale_to(unit, first))
    with pytest.raises(HandsChangedMeanwhile):
        change_hands(building=building, changes=[stale], newcomers={}, action="lot_sold")


def test_the_journal_tells_the_lot_and_the_reason(building: Building) -> None:
    unit, buyer = lot(building), OwnerFactory(organization=building.organization)
    write(unit, sale_to(unit, buyer))
    write(unit, taken_back(history_of(unit)), "hands_restored", "Acte annulé")
    found = AuditEvent.objects.filter(table="units_unit", object_id=unit.pk, action__in=["lot_sold", "hands_restored"])
    assert list(found.order_by("id").values_list("action", "reason")) == [
        ("lot_sold", ""),
        ("hands_restored", "Acte annulé"),
    ]
