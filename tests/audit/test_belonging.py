"""An event says what the row that came or went belongs to."""

from typing import Any

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import BankAccount
from apps.expenses.models import ExpenseLine
from apps.owners.models import HolderMember, Holding
from apps.units.models import Unit
from tests.factories import building_with_lots, expense_of


def belongings(model: Any) -> list[tuple[str, str | None]]:
    found = AuditEvent.objects.filter(table=model._meta.db_table)
    return list(found.order_by("id").values_list("action", "belongs_to"))


def test_a_row_belongs_to_the_closest_thing_that_it_names(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    expense = expense_of(building)
    unit = Unit.objects.get()
    BankAccount.objects.create(
        organization=office.organization, building=building, kind="current", iban="BE68539007547034"
    )
    assert belongings(Unit) == [("insert", f"building_id {building.pk}")]
    assert belongings(BankAccount) == [("insert", f"building_id {building.pk}")]
    assert belongings(Holding) == [("insert", f"unit_id {unit.pk}")]
    assert belongings(HolderMember) == [("insert", f"owner_id {HolderMember.objects.get().owner_id}")]
    assert belongings(ExpenseLine) == [("insert", f"expense_id {expense.pk}")]


def test_what_was_removed_still_belongs_and_a_change_says_nothing(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    account = BankAccount.objects.create(
        organization=office.organization, building=building, kind="current", iban="BE68539007547034"
    )
    account.kind = "reserve"
    account.save()
    account.delete()
    assert belongings(BankAccount) == [
        ("insert", f"building_id {building.pk}"), ("update", None), ("delete", f"building_id {building.pk}"),
    ]  # fmt: skip
