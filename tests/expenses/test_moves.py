"""What a change of hands moves in approved expenses: by days, to the cent, and never the total."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.basis import LotWithoutHolder
from apps.expenses.charges import load_charges
from apps.expenses.models import ClosedSpan
from apps.expenses.moves import ChargeMoves, DaysAreIssued, load_moves
from apps.owners.changes import FULL, ChangeRefused, History, Right, corrected, passed_on, taken_back, transferred
from apps.owners.holdings import LotChange, Party, change_hands, load_hands
from apps.owners.models import Owner
from apps.units.models import Unit
from tests.factories import OwnerFactory, building_with_lots, expense_of

TODAY, DEED, YEAR = date(2026, 1, 15), date(2025, 9, 15), (date(2025, 1, 1), date(2025, 12, 31))


@pytest.fixture
def building(office: Membership) -> Building:
    return building_with_lots(office.organization, [1000])


def approved(building: Building, office: Membership, gross: str, **fields: object) -> None:
    services.approve_expense(expense=expense_of(building, gross, **fields), by=office.user, on=TODAY)


def sale(building: Building, buyer: Owner, on: date = DEED, number: str = "L1") -> LotChange:
    unit = Unit.objects.select_related("building").get(building=building, number=number)
    history = load_hands(building).history(unit)
    right = Right(buyer.pk, FULL, Fraction(1))
    return LotChange(unit, history, passed_on(history, history[-1], on, lambda held: transferred(held, [right])))


def moves(building: Building, change: LotChange) -> ChargeMoves:
    hands = load_hands(building)
    hands.parties |= {owner.pk: Party(owner.pk, owner.code, owner.full_name) for owner in Owner.objects.all()}
    return load_moves(building, hands, [change])


def write(change: LotChange) -> None:
    change_hands(building=change.unit.building, changes=[change], newcomers={}, action="lot_sold")


def totals(building: Building) -> dict[str, Decimal]:
    return {each.member.code: each.total for each in load_charges(building, *YEAR).owners}


def test_the_worked_example_of_a_sale(office: Membership, building: Building) -> None:
    """DOMAIN.md §4.5: deed 15/09/2025, 1 873.49 over 257 and 108 days."""
    approved(building, office, "1873.49")
    buyer = OwnerFactory(organization=office.organization, code="Z")
    found = moves(building, sale(building, buyer))
    assert [(row.before, row.after) for row in found.total.rows] == [
        (Decimal("1873.49"), Decimal("1319.14")), (Decimal(0), Decimal("554.35")),
    ]  # fmt: skip
    assert (found.total.before, found.total.after) == (Decimal("1873.49"), Decimal("1873.49"))
    write(sale(building, buyer))
    assert sorted(totals(building).values()) == [Decimal("554.35"), Decimal("1319.14")]


def test_what_goes_by_a_date_moves_whole_or_not_at_all(office: Membership, building: Building) -> None:
    for on in (date(2025, 9, 14), DEED):
        approved(building, office, "100.00", date=on, line_day_rule="date")
    found = moves(building, sale(building, OwnerFactory(organization=office.organization, code="Z")))
    assert [(each.expense.date, each.rows[-1].after) for each in found.expenses] == [(DEED, Decimal("100.00"))]


def test_expenses_of_other_days_and_lots_do_not_move(office: Membership) -> None:
    building = building_with_lots(office.organization, [500, 500])
    approved(building, office, "100.00", line_period_end=date(2025, 9, 1))
    approved(building, office, "100.00", line_unit=Unit.objects.get(building=building, number="L2"))
    assert moves(building, sale(building, OwnerFactory(organization=office.organization))).expenses == []


@pytest.fixture
def closed(office: Membership, building: Building) -> ClosedSpan:
    approved(building, office, "1873.49")
    return ClosedSpan.objects.create(
        organization=office.organization, building=building, starts_on=YEAR[0], ends_on=date(2026, 1, 1),
        closed_by=office.user, closed_on=TODAY,
    )  # fmt: skip


def test_days_of_issued_charges_do_not_change_hands(building: Building, closed: ClosedSpan) -> None:
    change = sale(building, OwnerFactory(organization=building.organization))
    with pytest.raises(DaysAreIssued) as refusal:
        moves(building, change)
    assert (refusal.value.span, refusal.value.free_on) == (closed, date(2026, 1, 1))
    with pytest.raises(IntegrityError, match="closed span"), transaction.atomic():
        write(change)


def test_days_after_the_issued_ones_change_hands(building: Building, closed: ClosedSpan) -> None:
    change = sale(building, OwnerFactory(organization=building.organization), on=date(2026, 1, 1))
    assert moves(building, change).expenses == []
    write(change)
    assert sorted(totals(building).values()) == [Decimal("1873.49")]


def test_charged_days_are_not_left_without_holder(office: Membership, building: Building) -> None:
    approved(building, office, "100.00")
    unit = Unit.objects.select_related("building").get(building=building)
    history = load_hands(building).history(unit)
    with pytest.raises(LotWithoutHolder) as refusal:
        moves(building, LotChange(unit, history, taken_back(history)))
    assert (refusal.value.first, refusal.value.last) == YEAR
    late = corrected(history, history[0], DEED, history[0].rights)
    with pytest.raises(LotWithoutHolder) as refusal:
        moves(building, LotChange(unit, history, late))
    assert refusal.value.last == date(2025, 9, 14)


steps = st.lists(
    st.tuples(st.sampled_from(["sell", "correct", "undo"]), st.integers(1, 700), st.integers(0, 2), st.integers(0, 1)),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_is_sold_corrected_or_taken_back_the_sums_stay(
    office: Membership, steps: list[tuple[str, int, int, int]]
) -> None:
    """After each event: Σ owners = Σ lots = Σ invoices, and what the page showed is what the charges say."""
    with transaction.atomic():
        building = building_with_lots(office.organization, [571, 429])
        approved(building, office, "1873.49")
        approved(building, office, "333.34", line_day_rule="date", date=date(2025, 4, 1))
        approved(building, office, "-100.01", line_period_start=date(2024, 7, 1))
        buyers = [OwnerFactory(organization=office.organization) for _ in range(3)]
        for event, day, buyer, lot in steps:
            _take(building, event, date.fromordinal(date(2024, 6, 1).toordinal() + day), buyers[buyer], f"L{lot + 1}")
        transaction.set_rollback(True)


def _take(building: Building, event: str, on: date, buyer: Owner, number: str) -> None:
    unit = Unit.objects.select_related("building").get(building=building, number=number)
    history = load_hands(building).history(unit)
    try:
        change = LotChange(unit, history, _after(history, event, on, buyer))
        found = moves(building, change)
    except (ChangeRefused, LotWithoutHolder):
        return
    before = totals(building)
    write(change)
    charges = load_charges(building, *YEAR)
    after = totals(building)
    assert sum(after.values()) == sum(each.total for each in charges.lots) == charges.total == Decimal("2106.82")
    moved: dict[str, Decimal] = defaultdict(Decimal)
    moved |= {row.code: row.difference for row in found.total.rows}
    assert {code: after.get(code, 0) - before.get(code, 0) for code in before | after} == {
        code: moved[code] for code in before | after
    }


def _after(history: History, event: str, on: date, buyer: Owner) -> History:
    right = Right(buyer.pk, FULL, Fraction(1))
    match event:
        case "sell":
            giver = next(each for each in reversed(history) if each.starts_on < on or each is history[0])
            return passed_on(history, giver, on, lambda held: transferred(held, [right]))
        case "correct":
            return corrected(history, history[-1], on, (right,))
    return taken_back(history)
