"""From draft to paid, and the cents that an approval freezes."""

from datetime import date
from decimal import Decimal

import pytest

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.expenses import services
from apps.expenses.basis import LotWithoutHolder, SharesDoNotAddUp
from apps.expenses.models import Expense, LotPart
from apps.expenses.queries import is_intact, parts_hash
from apps.units.models import Unit
from tests.factories import NOON, MembershipFactory, UserFactory, building_with_lots, expense_of

TODAY = date(2026, 1, 15)
SEVEN_LOTS = [187, 163, 151, 149, 142, 118, 90]


def parts(expense: Expense) -> dict[str, Decimal]:
    return dict(LotPart.objects.filter(approval__expense=expense).order_by("id").values_list("unit__number", "amount"))


def test_approval_freezes_the_worked_example(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, SEVEN_LOTS), "1240.02")
    approval = services.approve_expense(expense=expense, by=office.user, on=TODAY)
    assert parts(expense) == {
        "L1": Decimal("231.89"), "L2": Decimal("202.13"), "L3": Decimal("187.24"), "L4": Decimal("184.76"),
        "L5": Decimal("176.08"), "L6": Decimal("146.32"), "L7": Decimal("111.60"),
    }  # fmt: skip
    assert (approval.part_count, approval.part_sum) == (7, Decimal("1240.02"))
    expense.refresh_from_db()
    assert expense.is_approved


def test_a_manager_does_not_approve_what_he_submitted_while_another_may(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), submitted_by=office.user, submitted_at=NOON)
    MembershipFactory(organization=office.organization, role=Role.ACCOUNTANT)
    with pytest.raises(services.SameApprover):
        services.approve_expense(expense=expense, by=office.user, on=TODAY)


def test_an_office_of_one_approves_its_own_and_it_is_marked(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), submitted_by=office.user, submitted_at=NOON)
    MembershipFactory(organization=office.organization, role=Role.ASSISTANT)
    assert services.approve_expense(expense=expense, by=office.user, on=TODAY).by_submitter


def test_nothing_is_approved_while_the_shares_do_not_add_up(office: Membership) -> None:
    building = building_with_lots(office.organization, [500, 499])
    building.total_shares = 1000
    building.save()
    with pytest.raises(SharesDoNotAddUp) as refusal:
        services.approve_expense(expense=expense_of(building), by=office.user, on=TODAY)
    assert refusal.value.difference == -1
    assert not LotPart.objects.exists()


def test_a_lot_without_holder_on_some_days_stops_the_approval(office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 400])
    unit = Unit.objects.get(building=building, number="L2")
    unit.holdings.update(starts_on=date(2025, 3, 1))
    with pytest.raises(LotWithoutHolder) as refusal:
        services.approve_expense(expense=expense_of(building), by=office.user, on=TODAY)
    assert (refusal.value.unit, refusal.value.first, refusal.value.last) == (unit, date(2025, 1, 1), date(2025, 2, 28))


def test_a_private_line_falls_on_its_lot_alone(office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 400])
    unit = Unit.objects.get(building=building, number="L2")
    expense = expense_of(building, "151.25", line_unit=unit, line_account="643", line_day_rule="date")
    services.approve_expense(expense=expense, by=office.user, on=TODAY)
    assert parts(expense) == {"L2": Decimal("151.25")}


def test_a_credit_note_mirrors_its_invoice(office: Membership) -> None:
    building = building_with_lots(office.organization, SEVEN_LOTS)
    invoice, credit = expense_of(building, "1240.02"), expense_of(building, "-1240.02")
    for each in (invoice, credit):
        services.approve_expense(expense=each, by=office.user, on=TODAY)
    assert parts(credit) == {number: -amount for number, amount in parts(invoice).items()}


def test_submit_reject_submit_again_approve_pay_unpay(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), status=Expense.Status.DRAFT)
    assistant = UserFactory()
    services.submit_expense(expense=expense, by=assistant, at=NOON)
    services.reject_expense(expense=expense, reason="Facture illisible")
    services.submit_expense(expense=expense, by=assistant, at=NOON)
    services.approve_expense(expense=expense, by=office.user, on=TODAY)
    services.pay_expense(expense=expense, on=TODAY)
    services.unpay_expense(expense=expense)
    expense.refresh_from_db()
    assert (expense.status, expense.rejection, expense.paid_on) == ("approved", "", None)


STEPS_TO = {
    "draft": lambda expense, by: services.take_back_expense(expense=expense),
    "rejected": lambda expense, by: services.reject_expense(expense=expense, reason="non"),
    "approved": lambda expense, by: services.approve_expense(expense=expense, by=by, on=TODAY),
}


@pytest.mark.parametrize("status", STEPS_TO)
def test_only_a_submitted_expense_is_approved(office: Membership, status: str) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]))
    STEPS_TO[status](expense, office.user)
    with pytest.raises(services.WrongStatus):
        services.approve_expense(expense=expense, by=office.user, on=TODAY)


def test_the_audit_knows_the_approval_and_its_seal(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [600, 400]))
    approval = services.approve_expense(expense=expense, by=office.user, on=TODAY)
    event = AuditEvent.objects.get(table="expenses_approval", object_id=approval.pk)
    assert event.actor_id == office.user_id
    assert event.changes["part_hash"] == [None, approval.part_hash]
    assert AuditEvent.objects.filter(action="expense_approved", object_id=expense.pk).exists()


def test_parts_that_were_tampered_with_are_told(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [600, 400]), "100.00")
    approval = services.approve_expense(expense=expense, by=office.user, on=TODAY)
    assert is_intact(approval)
    parts = list(LotPart.objects.order_by("id"))
    parts[0].amount, parts[1].amount = Decimal("59.99"), Decimal("40.01")
    assert parts_hash(parts) != approval.part_hash
