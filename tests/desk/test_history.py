"""What happened to one object, in words, on its page and page by page."""

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.services import record
from apps.buildings.models import BankAccount, BuildingAccess
from apps.expenses import services
from apps.expenses.models import Expense, ExpenseLine
from apps.owners.models import Holding, Owner
from apps.units.models import DistributionKey, KeyWeight, Unit
from koprogo import context
from tests.accounts.clients import client_of, colleague
from tests.conftest import owner_connection
from tests.factories import NOON, MembershipFactory, OwnerFactory, building_with_lots, expense_of, hold, weigh


def card(member: Membership, shown: Any) -> str:
    """The card's text, as htmx asks for it; runs of spaces made one."""
    address = f"/history/{shown._meta.db_table}/{shown.pk}/"
    answer = client_of(member).get(address, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    body = answer.content.decode()
    assert "<html" not in body
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_a_lot_says_what_changed_by_whom_and_when(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000], name="Les Tilleuls")
    unit = Unit.objects.get()
    unit.share = 395
    unit.save()
    told = card(office, unit)
    assert "Lot L1 · Les Tilleuls : quotités 1000 → 395" in told
    assert office.user.name in told
    assert re.search(r"\d\d/\d\d/\d{4} \d\d:\d\d", told)
    assert f"Immeuble {building.name}" not in told


def test_a_lot_tells_of_its_weights_and_holdings_also_of_those_that_are_gone(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    unit, key = Unit.objects.get(), DistributionKey.objects.get()
    weigh(key, {"L1": 10})
    weight = KeyWeight.objects.get()
    weight.weight = Decimal(12)
    weight.save()
    gone = Holding.objects.get()
    with context.working_as(organization_id=office.organization_id, actor=office.user_id, request="une vente"):
        gone.delete()
        hold(unit, (OwnerFactory(organization=office.organization, name="Vandamme"), "full", 1))
    told = card(office, unit)
    assert "Poids GEN · L1 : poids 10 → 12" in told
    assert "Suppression Détention n°" in told
    assert f"Ajout Détention L1 · {building.name}" in told
    assert "titulaire Claire Vandamme" in told


def test_an_expense_tells_of_its_lines_approval_and_payment(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), "100.00", description="Toiture")
    services.reject_expense(expense=expense, reason="Deux fois la même")
    services.submit_expense(expense=expense, by=office.user, at=NOON)
    services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    services.pay_expense(expense=expense, on=date(2026, 1, 16))
    expense.refresh_from_db()
    told = card(office, expense)
    assert "état approuvée → payée" in told
    assert "payée le – → 16/01/2026" in told
    told = read_all(office, expense)
    assert "Rejet Dépense" in told
    assert "« Deux fois la même »" in told
    assert "Approbation Dépense" in told
    assert "Ajout Ligne de dépense" in told
    assert "Ajout Approbation" in told
    assert "empreinte" not in told


def read_all(member: Membership, shown: Any) -> str:
    body = client_of(member).get(f"/history/{shown._meta.db_table}/{shown.pk}/").content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_a_line_that_was_removed_stays_told(office: Membership) -> None:
    expense = expense_of(building_with_lots(office.organization, [1000]), status=Expense.Status.DRAFT)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    line = ExpenseLine.objects.get()
    line.delete()
    assert "Suppression Ligne de dépense n°" in card(office, expense)
    line.pk = None
    line.save(force_insert=True)


def test_an_owner_tells_of_memberships_and_lots(office: Membership) -> None:
    building_with_lots(office.organization, [600, 400], name="Les Tilleuls")
    owner = Owner.objects.get(code__endswith="-01")
    owner.city = "Ixelles"
    owner.save()
    told = card(office, owner)
    assert f"Copropriétaire {owner.full_name} : localité – → Ixelles" in told
    assert "Ajout Membre d'un titulaire" in told
    assert "Ajout Détention L1 · Les Tilleuls" in told
    assert "L2" not in told


def test_an_erased_name_is_said_to_be(office: Membership, transactional_db: None) -> None:
    owner = OwnerFactory(organization=office.organization, city="Ixelles")
    owner.city = "Namur"
    owner.save()
    assert "Ixelles → Namur" in card(office, owner)
    with owner_connection() as erasing:
        erasing.execute("UPDATE audit_personal SET value = NULL WHERE field = 'city'")
    assert "localité (effacé) → (effacé)" in card(office, owner)


def test_a_building_tells_of_its_accounts_and_not_of_each_lot(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    BankAccount.objects.create(
        organization=office.organization, building=building, kind="current", iban="BE68539007547034"
    )
    expense_of(building)
    told = card(office, building)
    assert "Ajout Compte bancaire" in told
    assert "7034" in told
    assert "BE68539007547034" not in told  # on the screen an IBAN is masked
    assert "Ajout Clé de répartition" in told
    for word in ("Lot ", "Dépense", "Détention", "Titulaire"):
        assert word not in told


def test_the_card_is_asked_for_by_pages_that_stay_as_they_are(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    expense, unit, owner = expense_of(building), Unit.objects.get(), Owner.objects.get()
    client = client_of(office)
    for address, shown in [("buildings", building), ("units", unit), ("owners", owner), ("expenses", expense)]:
        link = f"/history/{shown._meta.db_table}/{shown.pk}/"
        body = client.get(f"/{address}/{shown.pk}/").content.decode()
        assert f'hx-get="{link}"' in body
        assert f'<a href="{link}">' in body


def test_managers_are_led_to_the_journal_and_others_to_all_of_the_history(office: Membership) -> None:
    building_with_lots(office.organization, [1000])
    unit = Unit.objects.get()
    accountant = colleague(office, Role.ACCOUNTANT)

    def link(member: Membership) -> str:
        answer = client_of(member).get(f"/history/units_unit/{unit.pk}/", headers={"HX-Request": "true"})
        return re.findall(r'href="([^"]+)">Tout l’historique', answer.content.decode())[0]

    assert link(office) == f"/journal/?about=units_unit-{unit.pk}"
    assert link(accountant) == f"/history/units_unit/{unit.pk}/"
    assert client_of(office).get(link(office)).status_code == 200
    assert "Historique" in client_of(accountant).get(link(accountant)).content.decode()


@pytest.mark.parametrize("role", [Role.READER, Role.OWNER])
def test_readers_and_owners_are_not_told(office: Membership, role: str) -> None:
    building = building_with_lots(office.organization, [1000])
    member = colleague(office, role)
    BuildingAccess.objects.create(organization=office.organization, building=building, membership=member)
    client = client_of(member)
    assert client.get(f"/history/buildings_building/{building.pk}/").status_code == 403
    assert "/history/" not in client.get(f"/buildings/{building.pk}/").content.decode()


@pytest.mark.parametrize("table", ["audit_event", "accounts_user", "jobs_job", "units_unit"])
def test_what_has_no_page_of_its_own_has_no_history(office: Membership, table: str) -> None:
    assert client_of(office).get(f"/history/{table}/{office.user_id}/").status_code == 404


def test_the_neighbours_history_does_not_exist(office: Membership) -> None:
    building_with_lots(office.organization, [1000])
    unit, neighbour = Unit.objects.get(), MembershipFactory()
    assert client_of(neighbour).get(f"/history/units_unit/{unit.pk}/").status_code == 404
    answer = client_of(neighbour).get(f"/journal/?about=units_unit-{unit.pk}")
    assert (answer.status_code, "<tbody>" in answer.content.decode()) == (200, False)


def test_the_statements_are_the_same_for_a_few_events_and_for_many(office: Membership) -> None:
    """The expense · what refers to it · its lines and approvals · what belongs to those · events · what they name."""
    expense = expense_of(building_with_lots(office.organization, [1000]), status=Expense.Status.DRAFT)
    client = client_of(office)
    few = _statements(client, expense)
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))
    for _ in range(30):
        record("exported", organization_id=office.organization_id, on=expense)
    assert (few, _statements(client, expense)) == (6, 6)


def _statements(client: Any, shown: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/history/{shown._meta.db_table}/{shown.pk}/", headers={"HX-Request": "true"})
    return len(captured)
