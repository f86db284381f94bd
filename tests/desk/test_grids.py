"""Shares, weights and readings in grids; what an approval has used, and new versions of it."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.models import BuildingAccess
from apps.desk.usage import outdated_expenses
from apps.expenses.models import Expense, LotPart
from apps.expenses.services import approve_expense
from apps.units.models import KeyWeight, Reading, Revision, Unit
from apps.units.queries import units_of
from tests.accounts.clients import colleague
from tests.factories import KeyFactory, building_with_lots, expense_of, read_meter, sign_in, weigh

NEW_YEAR = date(2026, 1, 1)
JANUARY = {"line_period_start": NEW_YEAR, "line_period_end": date(2026, 2, 1)}


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(office.organization, [600, 300, 100])


@pytest.fixture
def client(office: Membership) -> Client:
    return sign_in(office)


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def fields_of(page: str) -> dict[str, str]:
    """What the page's form would send as it stands, but for its ticks."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        given = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if given.get("type") != "checkbox" and "name" in given:
            found[given["name"]] = given.get("value", "").replace("&#34;", '"')
    return found


def cell(building: Any, number: str, column: str = "share") -> str:
    return f"{column}-{Unit.objects.get(building=building, number=number).pk}"


def shares(building: Any) -> list[int]:
    return [unit.share for unit in units_of(building)]


def approve(office: Membership, building: Any, **fields: Any) -> Expense:
    expense = expense_of(building, "1000.00", **fields)
    approve_expense(expense=expense, by=office.user, on=timezone.localdate())
    return expense


# --- Shares ---
def test_shares_are_written_and_the_subset_follows(client: Client, building: Any) -> None:
    block = KeyFactory(building=building, code="BLOC", kind="subset")
    weigh(block, {"L1": 600})
    path = f"/buildings/{building.pk}/shares/"
    fields = fields_of(shown(client, path)) | {cell(building, "L1"): "550", cell(building, "L3"): "150"}
    assert client.post(path, fields | {"following": [block.pk]}).status_code == 302
    assert (shares(building), block.weights.get().weight) == ([550, 300, 150], 550)


def test_shares_that_do_not_make_the_total_are_asked_for_once(client: Client, building: Any) -> None:
    path = f"/buildings/{building.pk}/shares/"
    fields = fields_of(shown(client, path)) | {cell(building, "L1"): "550"}
    answer = client.post(path, fields)
    assert "Les quotités ne font pas le total : il en manque 50." in answer.content.decode()
    assert shares(building) == [600, 300, 100]
    client.post(path, fields | {"anyway": "yes"})
    assert shares(building) == [550, 300, 100]


def test_of_two_people_the_second_sees_what_the_first_wrote(client: Client, building: Any) -> None:
    path = f"/buildings/{building.pk}/shares/"
    fields = fields_of(shown(client, path))
    first = fields | {cell(building, "L1"): "500", cell(building, "L2"): "400"}
    client.post(path, first)
    second = fields | {cell(building, "L1"): "550", cell(building, "L3"): "150"}
    page = client.post(path, second).content.decode()
    assert "Quelqu’un d’autre a modifié cette fiche" in page
    assert "L’autre personne : « 500 »" in page or "« 500 »" in page
    assert shares(building) == [500, 400, 100]


def test_a_pasted_column_fills_the_grid_and_writes_nothing(client: Client, building: Any) -> None:
    path = f"/buildings/{building.pk}/shares/"
    fields = fields_of(shown(client, path)) | {"paste": "L3;200\nL1;500", "fill": "yes"}
    answer = client.post(path, fields)
    filled = fields_of(answer.content.decode())
    assert answer.status_code == 200
    assert [filled[cell(building, number)] for number in ["L1", "L2", "L3"]] == ["500", "300", "200"]
    assert shares(building) == [600, 300, 100]
    filled.pop("fill", None)
    assert client.post(path, filled).status_code == 302
    assert shares(building) == [500, 300, 200]


def test_a_block_that_does_not_fit_stays_in_its_place(client: Client, building: Any) -> None:
    path = f"/buildings/{building.pk}/shares/"
    fields = fields_of(shown(client, path)) | {"paste": "Z9;200", "fill": "yes"}
    page = client.post(path, fields).content.decode()
    assert "Le lot « Z9 » n’est pas dans cet immeuble." in page
    assert "Z9;200" in page


def test_shares_that_an_approval_has_used_are_shown_as_locked(
    client: Client, building: Any, office: Membership
) -> None:
    path = f"/buildings/{building.pk}/shares/"
    before = fields_of(shown(client, path)) | {cell(building, "L1"): "500", cell(building, "L2"): "400"}
    approve(office, building)
    page = shown(client, path)
    assert "Quotités verrouillées" in page
    assert f'name="{cell(building, "L1")}"' not in page
    told = client.post(path, before)
    assert told.status_code == 422
    assert "elles ne changent plus que par une nouvelle version" in told.text
    assert shares(building) == [600, 300, 100]


# --- Versions ---
def version_fields(client: Client, path: str, values: dict[str, str]) -> dict[str, Any]:
    return fields_of(shown(client, path)) | {"starts_on": "2026-01-01", "reason": "Acte modificatif"} | values


def test_a_version_is_looked_at_then_confirmed(client: Client, building: Any, office: Membership) -> None:
    early, late = approve(office, building), approve(office, building, **JANUARY)
    path = f"/buildings/{building.pk}/shares/version/"
    fields = version_fields(client, path, {cell(building, "L1"): "500", cell(building, "L2"): "400"})
    page = client.post(path, fields | {"preview": "yes"}).content.decode()
    assert re.findall(r'<td class="num">([\d\s\u202f]+)</td>', page)[:4] == ["600", "500", "300", "400"]
    assert "1 dépense approuvée est répartie d’après une ancienne version" in page
    assert f"/expenses/{late.pk}/" in page
    assert f"/expenses/{early.pk}/" not in page
    assert (Revision.objects.count(), shares(building)) == (0, [600, 300, 100])

    for _ in range(2):
        answer = client.post(path, fields | {"confirm": "yes"})
        assert answer.headers["Location"] == f"/buildings/{building.pk}/keys/"
    assert (Revision.objects.count(), shares(building)) == (1, [500, 400, 100])
    tab = shown(client, f"/buildings/{building.pk}/keys/")
    assert "L1 : 600 → 500" in tab
    assert "Acte modificatif" in tab


def test_what_was_split_again_is_no_longer_out_of_date(client: Client, building: Any, office: Membership) -> None:
    path = f"/buildings/{building.pk}/shares/version/"
    fields = version_fields(client, path, {cell(building, "L1"): "500", cell(building, "L2"): "400"})
    client.post(path, fields | {"confirm": "yes"})
    building.refresh_from_db()
    expense = approve(office, building, **JANUARY)
    assert outdated_expenses(building) == []
    assert LotPart.objects.get(line__expense=expense, unit__number="L1").amount == Decimal("500.00")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "Rien n’a changé"),
        ({"starts_on": "2150-01-01", "L1": "500", "L2": "400"}, "Ce jour est encore à venir"),
        ({"L1": "500"}, "Les quotités des lots font 900 sur 1"),
        ({"total": "1100"}, "il en manque 100"),
        ({"L1": "x"}, "Écrivez un nombre entier."),
    ],
)
def test_what_is_no_version_is_told(client: Client, building: Any, values: dict[str, str], told: str) -> None:
    path = f"/buildings/{building.pk}/shares/version/"
    named = {cell(building, name) if name.startswith("L") else name: value for name, value in values.items()}
    answer = client.post(path, version_fields(client, path, named) | {"preview": "yes"})
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_a_version_before_another_says_from_when_it_may_begin(client: Client, building: Any) -> None:
    path = f"/buildings/{building.pk}/shares/version/"
    for starts_on, one, two in [("2026-01-01", "500", "400"), ("2025-06-01", "550", "350")]:
        values = {"starts_on": starts_on, cell(building, "L1"): one, cell(building, "L2"): two}
        answer = client.post(path, version_fields(client, path, values) | {"confirm": "yes"})
    assert "une version à partir du 01/01/2026 existe déjà" in answer.content.decode()


def test_a_key_gets_a_version_of_its_own(client: Client, building: Any, office: Membership) -> None:
    key = KeyFactory(building=building, code="ASC", kind="weights")
    weigh(key, {"L1": 1, "L2": 1})
    approve(office, building, line_key=key)
    assert "Clés verrouillées" in shown(client, f"/buildings/{building.pk}/keys/weights/")
    path = f"/keys/{key.pk}/version/"
    values = {cell(building, "L2", f"key{key.pk}"): "2,5", cell(building, "L1", f"key{key.pk}"): ""}
    client.post(path, version_fields(client, path, values) | {"confirm": "yes"})
    assert [(row.unit.number, row.weight) for row in KeyWeight.objects.filter(key=key)] == [("L2", Decimal("2.5"))]


def test_a_subset_that_did_not_follow_is_told_until_it_does(client: Client, building: Any) -> None:
    block = KeyFactory(building=building, code="BLOC", name="Bloc A", kind="subset")
    weigh(block, {"L1": 600})
    path = f"/buildings/{building.pk}/shares/version/"
    values = {cell(building, "L1"): "500", cell(building, "L2"): "400"}
    client.post(path, version_fields(client, path, values) | {"confirm": "yes"})
    assert "gardent celles d’avant" in shown(client, f"/buildings/{building.pk}/keys/")
    path = f"/keys/{block.pk}/version/"
    tick = {cell(building, "L1", f"key{block.pk}"): "on"}
    client.post(path, version_fields(client, path, tick) | {"confirm": "yes"})
    assert block.weights.get().weight == 500
    assert "gardent celles d’avant" not in shown(client, f"/buildings/{building.pk}/keys/")


def test_a_reader_sees_keys_and_versions_and_no_way_to_change_them(office: Membership, building: Any) -> None:
    reader = colleague(office, Role.READER)
    BuildingAccess.objects.create(organization=office.organization, building=building, membership=reader)
    page = shown(sign_in(reader), f"/buildings/{building.pk}/keys/")
    assert "GEN" in page
    assert "/keys/weights/" not in page
    assert "/edit/" not in page


# --- Weights ---
def test_a_block_of_weights_is_pasted_and_written(client: Client, building: Any) -> None:
    lift = KeyFactory(building=building, code="ASC", kind="weights")
    equal = KeyFactory(building=building, code="EG", kind="equal")
    path = f"/buildings/{building.pk}/keys/weights/"
    block = "Lot\tEG\tASC\nL3\tx\t2,5\nL1\t\t100"
    page = client.post(path, fields_of(shown(client, path)) | {"paste": block, "fill": "yes"}).content.decode()
    assert re.search(rf'name="{cell(building, "L3", f"key{equal.pk}")}"[^>]* checked', page)
    ticks = {cell(building, "L3", f"key{equal.pk}"): "on"}
    assert client.post(path, fields_of(page) | ticks).status_code == 302
    rows = KeyWeight.objects.order_by("key__code", "unit__number").values_list("key", "unit__number", "weight")
    assert list(rows) == [(lift.pk, "L1", 100), (lift.pk, "L3", Decimal("2.5")), (equal.pk, "L3", 1)]


@pytest.mark.parametrize("count", [1, 30])
def test_the_grid_takes_the_same_statements_for_any_number(office: Membership, count: int) -> None:
    building = building_with_lots(office.organization, [10] * count)
    for code in ["A", "B", "C"]:
        weigh(KeyFactory(building=building, code=code, kind="weights"), {"L1": 1})
    client = sign_in(office)
    client.get(f"/buildings/{building.pk}/keys/weights/")
    statements = {}
    for path in ["keys/weights/", "keys/", "shares/", "shares/version/"]:
        with CaptureQueriesContext(connection) as found:
            client.get(f"/buildings/{building.pk}/{path}")
        statements[path] = len(found)
    assert statements == {"keys/weights/": 6, "keys/": 9, "shares/": 4, "shares/version/": 3}


# --- Readings ---
def test_readings_are_written_with_both_days_included(client: Client, building: Any) -> None:
    key = KeyFactory(building=building, code="CHAUF", kind="consumption")
    path = f"/keys/{key.pk}/readings/new/"
    fields = fields_of(shown(client, path)) | {
        "first": "2025-01-01", "last": "2025-12-31", cell(building, "L1", "units"): "1 520,5",
        cell(building, "L3", "units"): "0", cell(building, "L3", "estimate"): "on",
    }  # fmt: skip
    assert client.post(path, fields).status_code == 302
    rows = Reading.objects.order_by("unit__number").values_list("unit__number", "quantity", "is_estimated", "ends_on")
    assert list(rows) == [("L1", Decimal("1520.5"), False, NEW_YEAR), ("L3", 0, True, NEW_YEAR)]
    page = shown(client, f"/keys/{key.pk}/readings/")
    assert "31/12/2025" in page
    assert 'value="2026-01-01"' in shown(client, path), "the next period begins where this one ended"
    again = client.post(path, fields | {"first": "2025-12-31", "last": "2026-01-31", "form_token": "another"})
    assert "Des relevés existent déjà du 01/01/2025 au 31/12/2025" in again.content.decode()


def test_a_lot_set_aside_keeps_what_was_read_of_it(client: Client, building: Any) -> None:
    key = read_meter(building, 10, 20, 30)
    Unit.objects.filter(number="L3").update(archived_on=NEW_YEAR, share=0)
    path = f"/keys/{key.pk}/readings/2025-01-01/"
    client.post(path, fields_of(shown(client, path)) | {cell(building, "L1", "units"): "11"})
    assert list(Reading.objects.order_by("unit__number").values_list("quantity", flat=True)) == [11, 20, 30]
    assert "Lot L3" not in shown(client, f"/keys/{key.pk}/readings/new/")


def test_a_period_is_changed_and_deleted(client: Client, building: Any) -> None:
    key = read_meter(building, 10, 20, 30)
    path = f"/keys/{key.pk}/readings/2025-01-01/"
    client.post(path, fields_of(shown(client, path)) | {cell(building, "L2", "units"): ""})
    assert list(Reading.objects.order_by("unit__number").values_list("quantity", flat=True)) == [10, 30]
    client.post(f"{path}delete/")
    assert Reading.objects.count() == 0
    assert client.get(path).status_code == 404


def test_readings_that_an_approval_has_used_stay(client: Client, building: Any, office: Membership) -> None:
    key = read_meter(building, 10, 20, 30)
    path = f"/keys/{key.pk}/readings/2025-01-01/"
    before = fields_of(shown(client, path))
    approve(office, building, line_key=key)
    assert "Relevés verrouillés" in shown(client, path)
    answer = client.post(path, before | {cell(building, "L1", "units"): "11"})
    assert "retirez d’abord son approbation" in answer.content.decode()
    page = client.post(f"{path}delete/", follow=True).content.decode()
    assert "retirez d’abord son approbation" in page
    assert Reading.objects.get(unit__number="L1").quantity == 10


def test_a_key_without_meters_has_no_readings(client: Client, building: Any) -> None:
    key = KeyFactory(building=building, kind="weights")
    assert client.get(f"/keys/{key.pk}/readings/").status_code == 404
