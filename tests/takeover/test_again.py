"""A second file over what is stored: the same, changed, frozen, late news."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Membership
from apps.buildings.models import BankAccount, Building
from apps.expenses import services as steps
from apps.expenses.models import Expense
from apps.owners.models import Holding, OpeningBalance, Owner
from apps.takeover import services
from apps.takeover.reading.faults import Fault
from apps.units.models import KeyWeight, Unit
from koprogo.context import working_as
from tests.factories import NOON, MembershipFactory
from tests.takeover.files import Rows, place, sound, workbook


def put(rows: Rows, sheet: str, row: int, header: str, value: Any) -> Rows:
    """Change the cell in spreadsheet row `row`."""
    rows[sheet][row - 1][place(rows, sheet, header)] = value
    return rows


def take(office: Membership, rows: Rows, *, approve: bool = False) -> str:
    return services.import_file(
        office.organization, workbook(rows), name="x.xlsx", approve=approve, settled_by_predecessor=True, by=office.user
    )


def faults(office: Membership, rows: Rows) -> list[Fault]:
    return services.plan_file(office.organization, workbook(rows))[1]


def test_a_changed_row_is_shown_before_and_after_and_applied(office: Membership) -> None:
    take(office, sound())
    changed = put(put(sound(), "Lots", 2, "Étage", 5), "Immeubles", 2, "IBAN courant", "BE49999000000171")
    plan, wrong = services.plan_file(office.organization, workbook(changed))
    assert wrong == []
    assert {entry.label: entry.changes for entry in plan.entries if entry.changes} == {
        "R": {"current": ("", "BE49999000000171")}, "R A": {"floor": (0, 5)},
    }  # fmt: skip
    take(office, changed)
    assert Unit.objects.get(number="A").floor == 5
    assert BankAccount.objects.get().iban == "BE49999000000171"


def test_rows_that_the_file_lacks_are_left_alone(office: Membership) -> None:
    take(office, sound())
    rows = sound()
    del rows["Lots"][2]
    take(office, rows)
    assert Unit.objects.count() == 2


def test_a_sale_reported_late_ends_one_holding_and_begins_another(office: Membership) -> None:
    take(office, sound(), approve=True)
    rows = sound()
    sold = next(row for row in rows["Propriétés"][1:] if row[place(rows, "Propriétés", "Lot")] == "A")
    buyer = [*rows["Copropriétaires"][1]]
    buyer[0], buyer[4] = "NEW", "Acheteur"
    rows["Copropriétaires"].append(buyer)
    rows["Propriétés"].append([*sold])
    sold[place(rows, "Propriétés", "Au")] = datetime(2025, 6, 30)  # noqa: DTZ001
    rows["Propriétés"][-1][place(rows, "Propriétés", "Copropriétaire")] = "NEW"
    rows["Propriétés"][-1][place(rows, "Propriétés", "Du")] = datetime(2025, 7, 1)  # noqa: DTZ001
    take(office, rows)
    periods = Holding.objects.filter(unit__number="A").order_by("starts_on").values_list("ends_on", flat=True)
    assert list(periods) == [date(2025, 7, 1), None]
    assert take(office, rows).startswith("Tout ce que contient ce fichier")


def test_a_sale_without_the_end_of_the_seller_is_a_fault(office: Membership) -> None:
    take(office, sound())
    rows = sound()
    again = [*rows["Propriétés"][1]]
    again[place(rows, "Propriétés", "Du")] = datetime(2025, 7, 1)  # noqa: DTZ001
    rows["Propriétés"] = [rows["Propriétés"][0], again]
    found = faults(office, rows)
    assert any("font 2 au lieu de 1 à partir du 01/07/2025" in fault.message for fault in found)


@pytest.mark.parametrize(
    ("sheet", "header", "value"),
    [("Lots", "Quotités", 61), ("Dépenses", "Libellé", "Autre libellé"), ("Immeubles", "Total des quotités", 101)],
)
def test_what_an_approval_has_frozen_cannot_change(office: Membership, sheet: str, header: str, value: Any) -> None:
    take(office, sound(), approve=True)
    found = faults(office, put(sound(), sheet, 2, header, value))
    assert any("approuvée" in fault.message and fault.column == header for fault in found)


def test_before_approval_an_expense_may_change(office: Membership) -> None:
    take(office, sound())
    take(office, put(sound(), "Dépenses", 2, "Libellé", "Autre libellé"))
    assert Expense.objects.order_by("id").first().description == "Autre libellé"


def test_a_code_never_becomes_another_person(office: Membership) -> None:
    take(office, sound())
    (fault,) = faults(office, put(sound(), "Copropriétaires", 2, "Nom ou raison sociale", "Quelqu'un d'autre"))
    assert "Ce code est déjà celui de" in fault.message
    assert Owner.objects.filter(name="Quelqu'un d'autre").count() == 0


def test_stored_lots_count_when_the_shares_are_summed(office: Membership) -> None:
    take(office, sound())
    rows = put(sound(), "Lots", 2, "Quotités", 59)
    del rows["Lots"][2]
    assert "feraient 99 au lieu de 100" in " ".join(fault.message for fault in faults(office, rows))


def test_references_to_stored_rows_need_not_be_in_the_file(office: Membership) -> None:
    take(office, sound())
    rows = sound()
    for sheet in ("Immeubles", "Lots", "Copropriétaires", "Propriétés", "Clés", "Poids"):
        rows[sheet] = rows[sheet][:1]
    put(rows, "Dépenses", 2, "Numéro", "NEUVE-1")
    assert faults(office, rows) == []
    take(office, rows)
    assert Expense.objects.filter(number="NEUVE-1").exists()


def test_a_subset_key_takes_the_shares_of_stored_lots(office: Membership) -> None:
    take(office, sound())
    rows = sound()
    rows["Clés"].append(["R", "SUB", "Sous-ensemble", "sous-ensemble"])
    rows["Poids"].append(["R", "SUB", "A", None])
    for sheet in ("Lots", "Propriétés"):
        rows[sheet] = rows[sheet][:1]
    take(office, rows)
    assert KeyWeight.objects.get(key__code="SUB").weight == Decimal(60)


def with_balance(holder: str, unit: str | None, amount: str) -> Rows:
    header = ["Immeuble", "Titulaire", "Lot", "Nature", "Solde", "Au"]
    return sound() | {"Soldes": [header, ["R", holder, unit, "courant", amount, datetime(2024, 12, 31)]]}  # noqa: DTZ001


def test_an_opening_balance_belongs_to_the_holder(office: Membership) -> None:
    take(office, with_balance("DUB", "A", "551,30"))
    take(office, with_balance("DUB", "A", "550,00"))
    balance = OpeningBalance.objects.get()
    assert (balance.amount, balance.on) == (Decimal("550.00"), date(2024, 12, 31))


def test_the_balance_of_somebody_who_holds_nothing_is_a_fault(office: Membership) -> None:
    rows = with_balance("AUT", None, "1,00")
    stranger = [*rows["Copropriétaires"][1]]
    stranger[0], stranger[4] = "AUT", "Autre"
    rows["Copropriétaires"].append(stranger)
    assert "ne détient pas de lot ici" in faults(office, rows)[0].message


def test_two_organizations_may_take_over_the_same_file(office: Membership) -> None:
    take(office, sound())
    other = MembershipFactory()
    with working_as(organization_id=other.organization_id, actor="test"):
        take(other, sound())
        assert Building.objects.count() == 1


def test_the_takeover_approves_nothing_that_the_office_works_on(office: Membership) -> None:
    """Whoever was refused as SameApprover does not get there by uploading the invoice with the tick."""
    take(office, sound())
    expense = Expense.objects.order_by("id").first()
    assert expense
    steps.submit_expense(expense=expense, by=office.user, at=NOON)
    steps.reject_expense(expense=expense, reason="Montant contesté")
    take(office, sound(), approve=True)
    expense.refresh_from_db()
    assert expense.status == "rejected"


def test_once_the_office_works_in_a_building_the_tick_approves_nothing_there(office: Membership) -> None:
    """Neither a new invoice in a second file, nor one that its author took back."""
    take(office, sound())
    expense = Expense.objects.order_by("id").first()
    assert expense
    steps.submit_expense(expense=expense, by=office.user, at=NOON)
    steps.take_back_expense(expense=expense)
    take(office, put(sound(), "Dépenses", 2, "Numéro", "NEUVE"), approve=True)
    assert set(Expense.objects.values_list("status", flat=True)) == {"draft"}


def test_an_invoice_that_was_handed_in_does_not_change_through_a_file(office: Membership) -> None:
    take(office, sound())
    expense = Expense.objects.order_by("id").first()
    assert expense
    steps.submit_expense(expense=expense, by=office.user, at=NOON)
    found = faults(office, put(sound(), "Dépenses", 2, "Libellé", "Autre libellé"))
    assert any("soumise pour approbation" in fault.message for fault in found)


def test_a_file_with_some_lots_keeps_the_others_order(office: Membership) -> None:
    take(office, sound())
    rows = sound()
    del rows["Lots"][1]
    take(office, rows)
    assert list(Unit.objects.order_by("position").values_list("number", "position")) == [("A", 1), ("B", 2)]


def test_a_file_with_all_lots_may_change_their_order(office: Membership) -> None:
    take(office, sound())
    rows = sound()
    rows["Lots"][1], rows["Lots"][2] = rows["Lots"][2], rows["Lots"][1]
    take(office, rows)
    assert list(Unit.objects.order_by("position").values_list("number", flat=True)) == ["B", "A"]
