"""A building by hand: made, changed with its accounts, set aside."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.buildings.models import BankAccount, Building, BuildingAccess
from apps.buildings.queries import free_reference
from apps.expenses import services
from apps.expenses.basis import load_basis
from apps.expenses.models import Expense
from apps.expenses.queries import lines_to_split
from tests.accounts.clients import client_of, colleague
from tests.accounts.test_editing import CREATE, NEW, opened, typed
from tests.factories import BuildingFactory, building_with_lots, expense_of

CURRENT, RESERVE = "BE68539007547034", "BE49999000000171"


def account_of(building: Building, iban: str = CURRENT, kind: str = "current") -> BankAccount:
    return BankAccount.objects.create(organization=building.organization, building=building, kind=kind, iban=iban)


def edit(client: Client, building: Building, **values: Any) -> Any:
    address = f"/buildings/{building.pk}/edit/"
    return client.post(address, opened(client, address) | values)


def ibans() -> list[tuple[str, str]]:
    return list(BankAccount.objects.order_by("id").values_list("kind", "iban"))


def test_a_building_is_made_with_its_accounts_and_a_reference_after_its_name(office: Membership) -> None:
    client = client_of(office)
    answer = client.post(
        CREATE, opened(client, CREATE) | NEW | {"new_current": "BE68 5390 0754 7034", "new_reserve": RESERVE.lower()}
    )
    building = Building.objects.get()
    assert answer.url == f"/buildings/{building.pk}/"
    assert (building.reference, building.total_shares, building.country) == ("ERABLES", 1000, "BE")
    assert ibans() == [("current", CURRENT), ("reserve", RESERVE)]


def test_a_reference_after_the_name_is_free(office: Membership) -> None:
    for reference in ("TILLEULS", "TILLEULS2"):
        BuildingFactory(organization=office.organization, reference=reference)
    names = ["Résidence Les Tilleuls", "Residentie Zeezicht", "Les", "« »", "Résidence du Vieux Moulin à Vent"]
    found = [free_reference(office.organization, name) for name in names]
    assert found == ["TILLEULS3", "ZEEZICHT", "LES", "IMM", "VIEUXMOULINA"]


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(office: Membership) -> None:
    BuildingFactory(organization=office.organization, reference="TIL")
    client = client_of(office)
    wrong = {"reference": "TIL", "city": "Liège"}
    page = client.post(CREATE, opened(client, CREATE) | NEW | wrong).content.decode()
    assert "Un autre immeuble a déjà cette référence." in page
    assert typed(page) | {"form_token": ""} == opened(client, CREATE) | NEW | wrong | {"form_token": ""}
    wrong = {"name": "", "total_shares": "0", "enterprise_number": "0999.900.151", "new_current": "BE68539007547035",
             "new_reserve": "x", "country": "Belgique", "postcode": "85.07.30-033.28"}  # fmt: skip
    answer = client.post(CREATE, opened(client, CREATE) | NEW | wrong)
    assert answer.status_code == 422
    assert answer.content.decode().count('class="field-error"') == len(wrong)
    assert Building.objects.count() == 1


def test_one_account_is_not_both_funds(office: Membership) -> None:
    client = client_of(office)
    answer = client.post(CREATE, opened(client, CREATE) | NEW | {"new_current": CURRENT, "new_reserve": CURRENT})
    assert "un compte distinct pour le fonds de réserve" in answer.content.decode()


def test_accounts_are_changed_removed_and_added(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization)
    kept, gone = account_of(building), account_of(building, RESERVE, "reserve")
    values = {f"iban_{kept.pk}": "BE38 9990 0000 0272", f"drop_{gone.pk}": "on", "new_reserve": RESERVE}
    assert edit(client_of(office), building, **values).status_code == 302
    assert ibans() == [("current", "BE38999000000272"), ("reserve", RESERVE)]


def test_who_may_not_pay_neither_sees_nor_loses_an_iban(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization)
    account = account_of(building)
    client = client_of(colleague(office, Role.ASSISTANT))
    page = client.get(f"/buildings/{building.pk}/edit/").content.decode().replace(" ", "")
    assert CURRENT not in page
    assert "BE68••••••••7034" in page
    assert edit(client, building, city="Mons").status_code == 302
    assert ibans() == [("current", CURRENT)]
    edit(client, building, **{f"iban_{account.pk}": RESERVE})
    assert ibans() == [("current", RESERVE)]


def test_a_veiled_iban_that_both_change_is_a_conflict_and_stays_veiled(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization)
    name = f"iban_{account_of(building).pk}"
    client, address = client_of(colleague(office, Role.ASSISTANT)), f"/buildings/{building.pk}/edit/"
    form = opened(client, address) | {name: RESERVE}
    edit(client_of(office), building, **{name: "BE38999000000272"})
    answer = client.post(address, form)
    assert answer.status_code == 422
    assert "« BE38 •••• •••• 0272 »" in answer.content.decode()
    assert "BE38999000000272" not in answer.content.decode().replace(" ", "")
    assert ibans() == [("current", "BE38999000000272")]


def test_the_total_that_an_approval_used_is_shown_and_not_edited(office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 400])
    expense = expense_of(building)
    client = client_of(office)
    assert edit(client, building, total_shares="1001").status_code == 302
    building.refresh_from_db()
    assert building.total_shares == 1001
    edit(client, building, total_shares="1000")
    services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    assert f"/buildings/{building.pk}/shares/version/" in client.get(f"/buildings/{building.pk}/edit/").content.decode()
    assert edit(client, building, total_shares="1001", city="Mons").status_code == 302
    building.refresh_from_db()
    assert (building.total_shares, building.city) == (1000, "Mons")


def test_a_double_that_was_wanted_is_not_asked_about_again(office: Membership) -> None:
    for _twice in range(2):
        building = BuildingFactory(organization=office.organization, enterprise_number="0999900150")
        account_of(building)
    assert edit(client_of(office), building, city="Mons").status_code == 302


def test_an_account_of_another_building_is_told_once(office: Membership) -> None:
    account_of(BuildingFactory(organization=office.organization, name="Parc Royal"))
    building = BuildingFactory(organization=office.organization)
    answer = edit(client_of(office), building, new_current=CURRENT)
    assert "Parc Royal a déjà le compte BE68 •••• •••• 7034." in answer.content.decode()


# --- Set aside ---
def archive(client: Client, building: Building) -> str:
    return client.post(f"/buildings/{building.pk}/archive/", follow=True).content.decode()


@pytest.mark.parametrize("status", ["draft", "submitted", "rejected", "approved"])
def test_a_building_with_an_unfinished_expense_stays_in_use(office: Membership, status: str) -> None:
    building = building_with_lots(office.organization, [1000])
    expense = expense_of(building, rejection="Pas pour nous" if status == "rejected" else "")
    if status == "approved":
        services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    else:
        Expense.objects.update(status=status)
    client = client_of(office)
    assert "1 dépense y est encore à soumettre" in archive(client, building)
    assert not Building.objects.get().is_archived


def test_a_building_whose_expenses_are_paid_is_set_aside_and_taken_back(office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 500], name="Les Tilleuls")
    Building.objects.update(total_shares=1000)
    client = client_of(office)
    assert "Les Tilleuls" in client.get("/").content.decode()
    page = archive(client, building)
    assert "Archivé le" in page
    assert "Rétablir" in page
    for address in ("/buildings/", "/"):
        assert "Les Tilleuls" not in client.get(address).content.decode()
    assert "Les Tilleuls" in client.get("/buildings/?archived=1").content.decode()
    assert client.get(f"/buildings/{building.pk}/units/").status_code == 200
    client.post(f"/buildings/{building.pk}/restore/")
    assert "Les Tilleuls" in client.get("/buildings/").content.decode()
    assert AuditEvent.objects.filter(table="buildings_building", changes__has_key="archived_on").count() == 2


def test_what_the_previous_syndic_settled_holds_no_building_back(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    expense = expense_of(building, status=Expense.Status.DRAFT)
    services.approve_at_takeover(
        expense=expense, lines=lines_to_split(expense), basis=load_basis(building), by=office.user,
        settled_by_predecessor=True,
    )  # fmt: skip
    archive(client_of(office), building)
    assert Building.objects.get().is_archived


def test_a_readers_archived_building_stays_given(office: Membership) -> None:
    reader = colleague(office, Role.READER)
    building = BuildingFactory(organization=office.organization, archived_on=date(2026, 1, 1))
    BuildingAccess.objects.create(organization=office.organization, membership=reader, building=building)
    client = client_of(office)
    page = client.get(f"/buildings/access/{reader.pk}/").content.decode()
    assert "(archivé)" in page
    client.post(f"/buildings/access/{reader.pk}/", {"buildings": [building.pk]})
    assert BuildingAccess.objects.count() == 1


def test_the_page_of_a_form_takes_few_statements(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization)
    account_of(building)
    client = client_of(office)
    client.get(f"/buildings/{building.pk}/edit/")
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/buildings/{building.pk}/edit/")
    assert len(queries) == 3  # the building, its accounts, whether an approval has used its total
