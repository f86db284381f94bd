"""A building's page with its tabs."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Membership
from apps.buildings.models import BankAccount
from apps.desk.buildings import fiscal_year_in_words
from apps.expenses.models import Expense
from apps.owners.models import Holding, OpeningBalance
from apps.units.models import Unit
from tests.factories import (
    BuildingFactory,
    KeyFactory,
    OwnerFactory,
    UnitFactory,
    building_with_lots,
    expense_of,
    hold,
    sign_in,
    weigh,
)

TABS = ["", "units/", "keys/", "holders/", "expenses/"]


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(
        office.organization, [600, 400], name="Les Tilleuls", reference="TIL", enterprise_number="0999900150",
        fiscal_year_start_month=4,
    )  # fmt: skip


def tab(office: Membership, building: Any, name: str = "") -> str:
    response = sign_in(office).get(f"/buildings/{building.pk}/{name}")
    assert response.status_code == 200
    return response.content.decode()


def test_the_overview_tells_who_the_building_is(office: Membership, building: Any) -> None:
    BankAccount.objects.create(
        organization=office.organization, building=building, kind="reserve", iban="BE68539007547034"
    )
    UnitFactory(building=building, number="CAVE", kind="cellar", share=0)
    page = tab(office, building)
    for text in ["0999.900.150", "BE68 •••• •••• 7034", "avril à mars", "1\u202f000 / 1\u202f000", "2, sans caves"]:
        assert text in page
    assert "BE68539007547034" not in page
    assert "alert-danger" not in page


@pytest.mark.parametrize("name", TABS)
@pytest.mark.parametrize(("share", "off"), [(13, "il y en a 13 de trop"), (-13, "il en manque 13")])
def test_each_tab_says_by_how_much_the_shares_are_off(
    office: Membership, building: Any, name: str, share: int, off: str
) -> None:
    Unit.objects.filter(building=building, number="L1").update(share=600 + share)
    page = tab(office, building, name)
    assert off in page
    assert "Rien ne peut être approuvé" in page


@pytest.mark.parametrize("name", TABS)
def test_an_empty_building_has_all_its_tabs(office: Membership, name: str) -> None:
    assert "Rien ne peut être approuvé" in tab(office, BuildingFactory(organization=office.organization), name)


def test_lots_show_who_holds_them_today_in_their_order(office: Membership, building: Any) -> None:
    UnitFactory(building=building, number="L0", position=0, share=0, floor=0)
    page = tab(office, building, "units/")
    assert page.index(">L0<") < page.index(">L1<") < page.index(">L2<")
    assert "personne" in page
    assert "rez" in page


def test_keys_are_a_matrix_with_totals(office: Membership, building: Any) -> None:
    weigh(KeyFactory(building=building, code="ASC", name="Ascenseur", kind="weights"), {"L2": "2.500"})
    page = tab(office, building, "keys/")
    rows = [row.count("<td") for row in page.split("<tbody>")[1].split("</tr>")[:2]]
    assert rows == [2, 2]
    assert page.count("2,5") == 2
    assert "Ascenseur" in page


def test_holders_have_their_lots_and_opening_balances(office: Membership, building: Any) -> None:
    first = Unit.objects.get(building=building, number="L1")
    Holding.objects.filter(unit=first).update(ends_on=date(2024, 1, 1))
    buyer = OwnerFactory(organization=office.organization, name="Acheteuse")
    holder = hold(first, (buyer, "full", 1), starts_on=date(2024, 1, 1)).holder
    OpeningBalance.objects.create(
        organization=office.organization, building=building, holder=holder, kind="reserve", amount=Decimal("45.10"),
        on=date(2025, 1, 1),
    )  # fmt: skip
    page = tab(office, building, "holders/")
    assert page.index("Acheteuse") < page.index("à d’autres dates")
    assert page.count("45,10") == 2
    assert "Solde repris (réserve)" in page


def test_expenses_are_the_latest_with_a_way_to_all(office: Membership, building: Any) -> None:
    expense_of(building, description="Ancienne", date=date(2024, 1, 1))
    expense_of(building, description="Récente", date=date(2025, 1, 1), status=Expense.Status.DRAFT)
    expense_of(building_with_lots(office.organization, [5]), description="Ailleurs")
    page = tab(office, building, "expenses/")
    assert page.index("Récente") < page.index("Ancienne")
    assert "Ailleurs" not in page
    assert f"/expenses/?building={building.pk}" in page


@pytest.mark.parametrize(
    ("month", "words"), [(1, "janvier à décembre"), (2, "février à janvier"), (12, "décembre à novembre")]
)
def test_the_fiscal_year_in_words(month: int, words: str) -> None:
    assert fiscal_year_in_words(month) == words
