"""What was approved by mistake: withdrawn before issue, corrected by another record afterwards."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.charges import Charges, load_charges
from apps.expenses.closings import SpansOverlap, close_span, reopen_span
from apps.expenses.corrections import (
    ChangesNothing,
    IsCorrected,
    IsNotIssued,
    correct_expense,
    entries_in_force,
    negated,
    withdraw_approval,
)
from apps.expenses.drafts import HasHistory, Head, change_expense, create_expense, delete_expense, entry_of
from apps.expenses.models import Approval, ClosedSpan, Expense, ExpenseLine, LotPart
from apps.expenses.queries import approval_in_force, lines_to_split
from apps.owners.models import Holding
from apps.units.models import DistributionKey, Unit
from tests.factories import NOON, KeyFactory, OwnerFactory, building_with_lots, expense_of, hold, weigh

TODAY = date(2026, 1, 15)
YEAR = (date(2025, 1, 1), date(2025, 12, 31))
EVER = (date(2020, 1, 1), date(2029, 12, 31))


@pytest.fixture
def building(office: Membership) -> Building:
    found = building_with_lots(office.organization, [600, 400])
    weigh(KeyFactory(building=found, code="LIFT", kind="weights"), {"L1": 1, "L2": 3})
    return found


@pytest.fixture
def approved(office: Membership, building: Building) -> Expense:
    return approve(expense_of(building, "100.00"), office)


def approve(expense: Expense, office: Membership) -> Expense:
    if expense.is_draft:
        services.submit_expense(expense=expense, by=office.user, at=NOON)
    services.approve_expense(expense=expense, by=office.user, on=TODAY)
    expense.refresh_from_db()
    connection.check_constraints()
    return expense


def withdraw(expense: Expense, office: Membership) -> None:
    withdraw_approval(expense=expense, reason="Mauvaise clé", by=office.user, on=TODAY)
    expense.refresh_from_db()
    connection.check_constraints()


def close(building: Building, office: Membership, first: date = YEAR[0], last: date = YEAR[1]) -> ClosedSpan:
    return close_span(building=building, first=first, last=last, by=office.user, on=TODAY)


def with_key(expense: Expense, code: str) -> list:
    """The expense's lines as they stand by now, over another key."""
    key = DistributionKey.objects.get(building=expense.building, code=code)
    return [replace(entry, key=key) for entry in entries_in_force(expense)]


def head_of(expense: Expense) -> Head:
    return Head(expense.building, expense.supplier, expense.number, expense.date, expense.due_on, expense.description)


def lots(charges: Charges) -> list[Decimal]:
    return [lot.total for lot in charges.lots]


# --- Withdrawn and given again ---
def test_a_withdrawn_approval_counts_no_longer(office: Membership, approved: Expense) -> None:
    withdraw(approved, office)
    assert approved.is_draft
    assert approval_in_force(approved) is None
    assert load_charges(approved.building, *YEAR).total == 0
    assert AuditEvent.objects.get(action="approval_withdrawn").reason == "Mauvaise clé"


def test_a_wrong_key_is_corrected_by_withdrawing_and_approving_again(office: Membership, approved: Expense) -> None:
    assert lots(load_charges(approved.building, *YEAR)) == [Decimal("60.00"), Decimal("40.00")]
    withdraw(approved, office)
    change_expense(expense=approved, head=head_of(approved), lines=[
        replace(entry_of(line), key=DistributionKey.objects.get(building=approved.building, code="LIFT"))
        for line in lines_to_split(approved)
    ])  # fmt: skip
    approved.refresh_from_db()
    approve(approved, office)
    assert lots(load_charges(approved.building, *YEAR)) == [Decimal("25.00"), Decimal("75.00")]
    assert list(Approval.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2]
    # The first approval's parts and their line are still there to be read.
    first = LotPart.objects.filter(approval__sequence=1).order_by("id")
    assert [(part.line.key.code, part.amount) for part in first] == [
        ("GEN", Decimal("60.00")),
        ("GEN", Decimal("40.00")),
    ]


def test_a_line_that_carries_parts_is_never_edited(office: Membership, approved: Expense) -> None:
    withdraw(approved, office)
    for change in ({"account": "6106"}, {"is_current": False, "account": "6106"}):
        with pytest.raises(Error, match="carries parts"), transaction.atomic():
            ExpenseLine.objects.filter(expense=approved).update(**change)


def test_approved_without_change_again_the_line_keeps_its_row(office: Membership, approved: Expense) -> None:
    line = approved.lines.get()
    withdraw(approved, office)
    change_expense(expense=approved, head=replace(head_of(approved), description="Nettoyage, août"),
                   lines=[entry_of(each) for each in lines_to_split(approved)])  # fmt: skip
    assert approved.lines.get() == line


def test_what_is_paid_is_not_withdrawn(office: Membership, approved: Expense) -> None:
    services.pay_expense(expense=approved, on=TODAY)
    with pytest.raises(services.WrongStatus):
        withdraw(approved, office)


def test_an_approval_is_withdrawn_once_and_for_all(office: Membership, approved: Expense) -> None:
    withdraw(approved, office)
    with pytest.raises(Error, match="has no approval"), transaction.atomic():
        Expense.objects.filter(pk=approved.pk).update(status="approved")
        connection.check_constraints()
    with pytest.raises(services.WrongStatus):
        withdraw(approved, office)


def test_what_no_approval_in_force_uses_may_change_again(office: Membership, approved: Expense) -> None:
    withdraw(approved, office)
    units = Unit.objects.filter(building=approved.building)
    assert units.filter(number="L1").update(share=500) == 1
    assert units.filter(number="L2").update(share=500) == 1


def test_only_what_was_never_approved_is_deleted(office: Membership, approved: Expense) -> None:
    withdraw(approved, office)
    with pytest.raises(HasHistory):
        delete_expense(expense=approved, by=office.user)
    draft = expense_of(approved.building, status="draft")
    delete_expense(expense=draft, by=office.user)
    assert not Expense.objects.filter(pk=draft.pk).exists()


# --- Closed spans ---
def test_a_closed_span_refuses_approval_and_withdrawal(office: Membership, approved: Expense) -> None:
    waiting = expense_of(approved.building, "10.00")
    close(approved.building, office)
    with pytest.raises(services.SpanIsClosed):
        approve(waiting, office)
    with pytest.raises(services.SpanIsClosed):
        withdraw(approved, office)
    # Nor by whoever goes round the service.
    with pytest.raises(Error, match="lies in a closed span"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO expenses_withdrawal (organization_id, approval_id, reason, withdrawn_on, withdrawn_by_id) "
            "SELECT organization_id, id, 'x', approved_on, approved_by_id FROM expenses_approval"
        )


def test_the_days_beside_a_closed_span_stay_open(office: Membership, building: Building) -> None:
    close(building, office, date(2025, 1, 1), date(2025, 6, 29))
    assert approve(expense_of(building, date=date(2025, 6, 30)), office).is_approved
    with pytest.raises(services.SpanIsClosed):
        approve(expense_of(building, date=date(2025, 6, 29)), office)


def test_closed_spans_do_not_overlap(office: Membership, building: Building) -> None:
    span = close(building, office)
    with pytest.raises(SpansOverlap) as refusal:
        close(building, office, date(2025, 12, 31), date(2026, 1, 31))
    assert refusal.value.args[0] == span


def test_a_span_is_opened_again_with_a_reason(office: Membership, approved: Expense) -> None:
    span = close(approved.building, office)
    reopen_span(span=span, reason="Clôturé trop tôt")
    withdraw(approved, office)
    assert approved.is_draft
    assert AuditEvent.objects.get(action="span_reopened").reason == "Clôturé trop tôt"


def test_holdings_under_issued_charges_stay(office: Membership, approved: Expense) -> None:
    """The invoice goes by days over 2025: a sale in that year would move issued parts, one in 2026 moves none."""
    close(approved.building, office)
    held = Holding.objects.filter(unit__building=approved.building, unit__number="L1")
    with pytest.raises(Error, match="lie in a closed span"), transaction.atomic():
        held.update(ends_on=date(2025, 12, 31))
    assert held.update(ends_on=date(2026, 1, 1)) == 1


# --- After issue ---
def test_a_correction_takes_the_old_parts_back_and_gives_new_ones(office: Membership, approved: Expense) -> None:
    close(approved.building, office)
    correction = correct_expense(
        expense=approved, lines=with_key(approved, "LIFT"), on=date(2026, 2, 1), reason="Clé ascenseur"
    )
    approve(correction, office)
    assert (correction.amount, correction.number, correction.refers_to) == (0, f"{approved.number} C1", approved)
    assert lots(load_charges(approved.building, *YEAR)) == [Decimal("60.00"), Decimal("40.00")]
    assert lots(load_charges(approved.building, *EVER)) == [Decimal("25.00"), Decimal("75.00")]


def test_a_correction_is_corrected_in_its_turn(office: Membership, approved: Expense) -> None:
    close(approved.building, office)
    for code, day in (("LIFT", 1), ("GEN", 2)):
        entries = with_key(approved, code)
        approve(correct_expense(expense=approved, lines=entries, on=date(2026, 2, day), reason="Clé"), office)
    assert lots(load_charges(approved.building, *EVER)) == [Decimal("60.00"), Decimal("40.00")]
    assert [entry.key.code for entry in entries_in_force(approved)] == ["GEN"]


def test_a_correction_touches_only_what_differs(office: Membership, building: Building) -> None:
    entries = [entry_of(line) for line in lines_to_split(expense_of(building, "100.00"))]
    two = create_expense(head=replace(head_of(Expense.objects.get()), number="F-2"), lines=[*entries, *entries])
    approve(two, office)
    close(building, office)
    wanted = entries_in_force(two)
    wanted[1] = replace(wanted[1], net=Decimal("90.00"), gross=Decimal("90.00"))
    correction = correct_expense(expense=two, lines=wanted, on=date(2026, 2, 1), reason="Trop compté")
    assert [line.gross for line in correction.lines.order_by("position")] == [Decimal("-100.00"), Decimal("90.00")]
    assert correction.amount == Decimal("-10.00")


def test_before_issue_an_approval_is_withdrawn_instead(office: Membership, approved: Expense) -> None:
    with pytest.raises(IsNotIssued):
        correct_expense(expense=approved, lines=with_key(approved, "LIFT"), on=date(2026, 2, 1), reason="Clé")


def test_a_correction_that_corrects_nothing_is_refused(office: Membership, approved: Expense) -> None:
    close(approved.building, office)
    with pytest.raises(ChangesNothing):
        correct_expense(expense=approved, lines=entries_in_force(approved), on=date(2026, 2, 1), reason="?")


def test_a_correction_lies_outside_closed_spans(office: Membership, approved: Expense) -> None:
    close(approved.building, office)
    with pytest.raises(services.SpanIsClosed):
        correct_expense(expense=approved, lines=with_key(approved, "LIFT"), on=YEAR[1], reason="Clé")


def test_one_correction_at_a_time(office: Membership, approved: Expense) -> None:
    close(approved.building, office)
    correction = correct_expense(
        expense=approved, lines=with_key(approved, "LIFT"), on=date(2026, 2, 1), reason="Clé ascenseur"
    )
    with pytest.raises(IsCorrected) as refusal:
        correct_expense(expense=approved, lines=with_key(approved, "LIFT"), on=date(2026, 2, 1), reason="Encore")
    assert refusal.value.args[0] == correction


def test_a_draft_correction_is_written_anew(office: Membership, approved: Expense) -> None:
    close(approved.building, office)
    draft = correct_expense(
        expense=approved, lines=with_key(approved, "LIFT"), on=date(2026, 2, 1), reason="Clé ascenseur"
    )
    half = [replace(entry, net=Decimal("50.00"), gross=Decimal("50.00")) for entry in entries_in_force(approved, draft)]
    again = correct_expense(expense=approved, lines=half, on=date(2026, 3, 1), reason="Moitié", draft=draft)
    assert (again.pk, again.number, again.amount) == (draft.pk, draft.number, Decimal("-50.00"))


def test_what_a_correction_rests_on_is_not_withdrawn(office: Membership, approved: Expense) -> None:
    span = close(approved.building, office)
    approve(
        correct_expense(expense=approved, lines=with_key(approved, "LIFT"), on=date(2026, 2, 1), reason="Clé"), office
    )
    reopen_span(span=span, reason="Essai")
    with pytest.raises(IsCorrected):
        withdraw(approved, office)


def test_a_line_is_taken_back_as_it_is(office: Membership, approved: Expense) -> None:
    """The database refuses a mirror that is no mirror."""
    close(approved.building, office)
    correction = correct_expense(
        expense=approved, lines=with_key(approved, "LIFT"), on=date(2026, 2, 1), reason="Clé ascenseur"
    )
    with pytest.raises(Error, match="does not mirror"), transaction.atomic():
        correction.lines.filter(takes_back__isnull=False).update(net=Decimal("-90.00"), gross=Decimal("-90.00"))


def test_a_credit_note_gives_back_to_those_who_bore(office: Membership, approved: Expense) -> None:
    lines = [negated(entry_of(line)) for line in lines_to_split(approved)]
    note = create_expense(head=replace(head_of(approved), number="NC-1"), lines=lines, refers_to=approved)
    approve(note, office)
    assert note.is_credit_note
    assert lots(load_charges(approved.building, *YEAR)) == [Decimal("0.00"), Decimal("0.00")]


# --- Whatever happens in whatever order ---
DAYS = st.dates(date(2024, 6, 1), date(2026, 6, 30))
STEPS = st.one_of(
    st.tuples(st.just("approve"), st.decimals(-5000, 5000, places=2).filter(bool), DAYS, st.booleans()),
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("sell"), st.sampled_from(["L1", "L2", "L3"]), DAYS),
    st.tuples(st.just("close"), DAYS, st.integers(0, 200)),
    st.tuples(st.just("reopen")),
    st.tuples(st.just("correct"), st.integers(0, 9), st.sampled_from(["GEN", "LIFT"]), DAYS),
)
REFUSALS = (
    services.SpanIsClosed, services.WrongStatus, services.AlreadyTakenBack, IsCorrected, IsNotIssued, ChangesNothing,
    SpansOverlap,
)  # fmt: skip


def take(step: tuple, building: Building, office: Membership) -> None:
    expenses = list(Expense.objects.filter(building=building).order_by("id"))
    match step:
        case ("approve", gross, day, is_lift):
            key = DistributionKey.objects.get(building=building, code="LIFT" if is_lift else "GEN")
            approve(expense_of(building, str(gross), date=day, line_key=key), office)
        case ("withdraw", i) if expenses:
            withdraw(expenses[i % len(expenses)], office)
        case ("sell", number, day):
            last = Holding.objects.filter(unit__building=building, unit__number=number, ends_on=None).get()
            if day > last.starts_on:
                Holding.objects.filter(pk=last.pk).update(ends_on=day)
                buyer = OwnerFactory(organization=office.organization)
                hold(last.unit, (buyer, "full", "1/2"), (OwnerFactory(organization=office.organization), "full", "1/2"),
                     starts_on=day)  # fmt: skip
        case ("close", first, length):
            close(building, office, first, first + timedelta(length))
        case ("reopen",):
            if span := ClosedSpan.objects.filter(building=building).first():
                reopen_span(span=span, reason="Essai")
        case ("correct", i, code, day) if expenses:
            first = expenses[i % len(expenses)]
            first = first.refers_to if first.is_correction else first
            approve(correct_expense(expense=first, lines=with_key(first, code), on=day, reason="Clé"), office)


@given(steps=st.lists(STEPS, min_size=3, max_size=14))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lots_owners_and_invoices_always_make_the_same_sum(office: Membership, steps: list[tuple]) -> None:
    with transaction.atomic():
        building = building_with_lots(office.organization, [500, 333, 167])
        weigh(KeyFactory(building=building, code="LIFT", kind="weights"), {"L1": 1, "L3": 2})
        for step in steps:
            try:
                with transaction.atomic():
                    take(step, building, office)
            except REFUSALS:
                continue
            except Error as refusal:
                if "closed span" not in str(refusal):
                    raise
                continue
            connection.check_constraints()
            charges = load_charges(building, *EVER)
            assert sum(lots(charges)) == charges.total == sum(owner.total for owner in charges.owners)
            assert charges.total == sum(category.total for category in charges.categories)
        transaction.set_rollback(True)
