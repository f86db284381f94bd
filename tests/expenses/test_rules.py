"""What PostgreSQL itself refuses about expenses, whoever asks."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection, transaction

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.models import Approval, Expense, ExpenseLine, LotPart, Supplier
from apps.units.models import DistributionKey, Unit
from koprogo import context
from tests.factories import SupplierFactory, building_with_lots, expense_of, weigh

TODAY = date(2026, 1, 15)


@pytest.fixture
def expense(office: Membership) -> Expense:
    return expense_of(building_with_lots(office.organization, [600, 400]), "100.00")


@pytest.fixture
def approval(office: Membership, expense: Expense) -> Approval:
    return services.approve_expense(expense=expense, by=office.user, on=TODAY)


def refused(rule: str) -> Any:
    """The database refuses in the name of this rule, at once or when deferred rules are checked."""
    return pytest.raises(Error, match=rule)


def check_deferred_rules() -> None:
    connection.check_constraints()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"vat": Decimal("5.00"), "gross": Decimal("105.00")}, "expense_line_vat_is_net_times_rate_within_a_cent"),
        ({"gross": Decimal("100.01")}, "expense_line_net_and_vat_make_gross"),
        ({"vat_rate": 101, "vat": 101, "gross": 201}, "expense_line_vat_rate_is_of_a_hundred"),
        ({"tenant_percent": 101}, "expense_line_tenant_percent_is_of_a_hundred"),
        ({"account": "5500"}, "expense_line_account_is_of_class_6_or_7"),
        ({"account": "61"}, "expense_line_account_is_of_class_6_or_7"),
        ({"period_end": date(2025, 1, 1)}, "expense_line_period_has_a_day"),
        ({"day_rule": "moon"}, "expense_line_day_rule_is_known"),
    ],
)
def test_a_line_that_cannot_be_right_is_refused(expense: Expense, change: dict[str, Any], rule: str) -> None:
    with refused(rule), transaction.atomic():
        expense.lines.update(**change)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"amount": 0}, "expense_amount_is_not_zero"),
        ({"status": "lost"}, "expense_status_is_known"),
        ({"status": "rejected"}, "rejected_expense_has_a_reason"),
        ({"status": "paid"}, "paid_expense_has_a_day"),
        ({"paid_on": TODAY}, "paid_expense_has_a_day"),
    ],
)
def test_a_head_that_cannot_be_right_is_refused(expense: Expense, change: dict[str, Any], rule: str) -> None:
    with refused(rule), transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(**change)


def test_the_amount_is_the_sum_of_the_lines(expense: Expense) -> None:
    with refused("is not the sum of its lines"), transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(amount=Decimal("99.99"))
        check_deferred_rules()


def test_a_line_cannot_leave_the_sum_behind(expense: Expense) -> None:
    with refused("is not the sum of its lines"), transaction.atomic():
        expense.lines.update(net=Decimal("99.99"), gross=Decimal("99.99"))
        check_deferred_rules()


def test_the_same_invoice_number_of_a_supplier_comes_once(expense: Expense) -> None:
    with refused("one_expense_per_supplier_and_number"), transaction.atomic():
        expense_of(expense.building, number=expense.number, supplier=expense.supplier)


def test_spelling_makes_no_other_supplier(office: Membership) -> None:
    SupplierFactory(organization=office.organization, name="Électricité  du Nord SA")
    with refused("one_supplier_per_name"), transaction.atomic():
        Supplier.objects.create(organization=office.organization, name="ELECTRICITE DU NORD SA")


def test_a_line_takes_no_key_of_another_building(office: Membership, expense: Expense) -> None:
    other = DistributionKey.objects.get(building=building_with_lots(office.organization, [1000]))
    with refused("expense_line_key_within_organization"), transaction.atomic():
        expense.lines.update(key=other)


def test_an_approved_expense_and_its_lines_are_not_edited(approval: Approval) -> None:
    expense = Expense.objects.filter(pk=approval.expense_id)
    for step in (
        lambda: expense.update(number="X"),
        lambda: expense.update(status="draft"),
        lambda: expense.update(date=TODAY),
    ):
        with refused("it is not edited"), transaction.atomic():
            step()
    for step in (
        lambda: ExpenseLine.objects.filter(expense_id=approval.expense_id).update(account="6106"),
        lambda: ExpenseLine.objects.filter(expense_id=approval.expense_id).delete(),
    ):
        with refused("its lines are not edited|violates foreign key|permission denied|protected"), transaction.atomic():
            step()


def test_parts_and_approvals_are_never_changed_or_removed(approval: Approval) -> None:
    for statement in (
        "UPDATE expenses_lotpart SET amount = amount + 1",
        "DELETE FROM expenses_lotpart",
        "UPDATE expenses_approval SET part_sum = 0",
        "DELETE FROM expenses_approval",
    ):
        with refused("permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_complete_approval_takes_no_further_part(approval: Approval) -> None:
    line = ExpenseLine.objects.get(expense_id=approval.expense_id)
    stranger = Unit.objects.create(
        organization_id=approval.organization_id,
        building_id=line.building_id,
        number="X",
        kind="cellar",
        share=0,
        position=9,
    )
    with refused("has all its parts already"), transaction.atomic():
        LotPart.objects.create(
            organization_id=approval.organization_id, approval=approval, line=line, unit=stranger, weight=1, amount=0
        )


def test_an_approval_without_its_parts_is_refused(office: Membership, expense: Expense) -> None:
    with refused("do not make its sum"), transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(status="approved")
        Approval.objects.create(
            organization=office.organization, expense=expense, approved_on=TODAY, part_count=2, part_sum=100,
            part_hash="x",
        )  # fmt: skip
        check_deferred_rules()


@pytest.mark.parametrize(
    "change",
    [
        lambda building: Unit.objects.filter(building=building, number="L1").update(share=601),
        lambda building: Building.objects.filter(pk=building.pk).update(total_shares=1001),
        lambda building: DistributionKey.objects.filter(building=building, code="GEN").update(kind="equal"),
        lambda building: weigh(DistributionKey.objects.get(building=building, code="GEN"), {"L1": 1}),
    ],
)
def test_what_an_approval_has_used_is_not_edited(approval: Approval, change: Any) -> None:
    with refused("was used by an approval"), transaction.atomic():
        change(approval.expense.building)


def test_before_any_approval_shares_may_change(expense: Expense) -> None:
    assert Unit.objects.filter(building=expense.building, number="L1").update(share=601) == 1


def test_no_status_without_an_approval(expense: Expense) -> None:
    with refused("has no approval"), transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(status="approved")
        check_deferred_rules()


def test_no_line_moves_into_an_approved_expense(approval: Approval) -> None:
    other = expense_of(approval.expense.building, "50.00")
    with refused("its lines are not edited"), transaction.atomic():
        other.lines.update(expense=approval.expense)


def test_looking_away_before_commit_hides_nothing(office: Membership, expense: Expense) -> None:
    with refused("ends in the organization in which it wrote"), transaction.atomic():
        Expense.objects.filter(pk=expense.pk).update(amount=Decimal("10.00"))
        context.leave()
        check_deferred_rules()


def test_a_temporary_table_stands_before_none_of_ours(office: Membership) -> None:
    with refused("permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE audit_event (id bigint)")
