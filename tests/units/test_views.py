"""The forms of one lot and of one key."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership
from apps.expenses.services import approve_expense
from apps.units.models import DistributionKey, Unit
from apps.units.queries import units_of
from koprogo.merging import state_of
from tests.factories import NOON, KeyFactory, building_with_lots, expense_of, read_meter, sign_in, weigh


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(office.organization, [600, 400])


@pytest.fixture
def client(office: Membership) -> Client:
    return sign_in(office)


def lot_fields(building: Any, **fields: Any) -> dict[str, Any]:
    return {"number": "G1", "kind": "garage", "floor": "-1", "area": "12,50", "before": "", "share": "0"} | fields


def test_a_lot_is_created_once_however_often_it_is_sent(client: Client, building: Any) -> None:
    sent = lot_fields(building, form_token="t1")
    for _ in range(2):
        answer = client.post(f"/buildings/{building.pk}/units/new/", sent)
        assert answer.headers["Location"] == f"/buildings/{building.pk}/units/"
    lot = Unit.objects.get(number="G1")
    assert (lot.kind, lot.floor, str(lot.area), lot.share, lot.position) == ("garage", -1, "12.50", 0, 3)


def test_a_lot_whose_form_names_no_place_is_the_last_whoever_adds_meanwhile(client: Client, building: Any) -> None:
    page = client.get(f"/buildings/{building.pk}/units/new/").content.decode()
    assert '<option value="" selected>en dernier</option>' in page
    for number in ("G1", "G2"):
        client.post(f"/buildings/{building.pk}/units/new/", lot_fields(building, number=number))
    assert [unit.number for unit in units_of(building)] == ["L1", "L2", "G1", "G2"]
    first = units_of(building)[0]
    client.post(f"/buildings/{building.pk}/units/new/", lot_fields(building, number="G0", before=first.pk))
    assert units_of(building)[0].number == "G0"


@pytest.mark.parametrize("pk", [0, 10**9, 10**20])
def test_no_lot_is_added_where_there_is_no_building(client: Client, building: Any, pk: int) -> None:
    assert client.post(f"/buildings/{pk}/units/new/", lot_fields(building)).status_code == 404


def test_a_lot_is_added_under_the_lock_of_its_building(client: Client, building: Any) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.post(f"/buildings/{building.pk}/units/new/", lot_fields(building))
    statements = [each["sql"] for each in captured]
    (locked,) = (place for place, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql)
    assert '"buildings_building"' in statements[locked]
    assert not any('"units_unit"' in sql for sql in statements[:locked])


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"number": "L1"}, "Un autre lot de cet immeuble a déjà ce numéro."),
        ({"share": "1"}, "Les autres lots laissent 0 quotités du total de 1"),
        ({"area": "abc"}, "Écrivez un nombre positif ou nul."),
    ],
)
def test_a_wrong_lot_is_told_and_keeps_what_was_typed(
    client: Client, building: Any, fields: dict[str, Any], told: str
) -> None:
    answer = client.post(f"/buildings/{building.pk}/units/new/", lot_fields(building, **fields))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert 'value="-1"' in page
    assert Unit.objects.count() == 2


def test_a_lot_is_changed_and_moved(client: Client, building: Any) -> None:
    first = units_of(building)[0]
    seen = state_of(
        {"number": "L1", "kind": "apartment", "floor": None, "area": None, "before": units_of(building)[1].pk}
    )
    fields = {"number": "1A", "kind": "studio", "before": "", "seen": seen}
    client.post(f"/units/{first.pk}/edit/", fields)
    assert [unit.number for unit in units_of(building)] == ["L2", "1A"]


def test_two_people_who_move_a_lot_are_told_of_each_other(client: Client, office: Membership) -> None:
    first, second, third = units_of(building_with_lots(office.organization, [500, 300, 200]))
    place = f"/units/{first.pk}/edit/"
    shown = {"number": "L1", "kind": "apartment"}
    seen = state_of(shown | {"floor": None, "area": None, "before": second.pk})
    client.post(place, shown | {"before": third.pk, "seen": seen})
    answer = client.post(place, shown | {"before": "", "seen": seen})
    assert answer.status_code == 422
    assert "« L3 »" in answer.content.decode()
    refused = client.post(place, shown | {"before": first.pk, "seen": seen})
    assert "Sélectionnez un choix valide." in refused.content.decode()
    assert [unit.number for unit in units_of(first.building)] == ["L2", "L1", "L3"]


def test_a_lot_with_shares_says_why_it_stays(client: Client, building: Any) -> None:
    lot = units_of(building)[0]
    page = client.post(f"/units/{lot.pk}/archive/", follow=True).content.decode()
    assert "reste en service : il a encore des quotités" in page
    Unit.objects.filter(pk=lot.pk).update(share=0)
    client.post(f"/units/{lot.pk}/archive/", follow=True)
    assert ">L1<" not in client.get("/units/").content.decode()
    assert ">L1<" in client.get("/units/?archived=1").content.decode()


def test_a_key_is_created_and_leads_to_its_weights(client: Client, building: Any) -> None:
    fields = {"code": "ASC", "name": "Ascenseur", "kind": "weights"}
    answer = client.post(f"/buildings/{building.pk}/keys/new/", fields)
    assert answer.headers["Location"] == f"/buildings/{building.pk}/keys/weights/"
    again = client.post(f"/buildings/{building.pk}/keys/new/", fields)
    assert "Une autre clé de cet immeuble a déjà ce code." in again.content.decode()


def test_the_kind_of_a_key_stays_once_it_was_used(client: Client, building: Any, office: Membership) -> None:
    key = KeyFactory(building=building, code="ASC", name="Ascenseur", kind="weights")
    weigh(key, {"L1": 1})
    approve_expense(expense=expense_of(building, line_key=key), by=office.user, on=NOON.date())
    seen = state_of({"code": "ASC", "name": "Ascenseur", "kind": "weights"})
    wanted = {"code": "ASC", "name": "Ascenseur", "kind": "equal", "seen": seen}
    answer = client.post(f"/keys/{key.pk}/edit/", wanted)
    assert "son type ne change plus" in answer.content.decode()
    client.post(f"/keys/{key.pk}/edit/", wanted | {"kind": "weights", "name": "Ascenseurs"})
    key.refresh_from_db()
    assert (key.kind, key.name) == ("weights", "Ascenseurs")


def test_the_kind_of_a_key_stays_once_its_meters_were_read(client: Client, building: Any) -> None:
    key = read_meter(building)
    seen = state_of({"code": key.code, "name": key.name, "kind": "consumption"})
    answer = client.post(f"/keys/{key.pk}/edit/", {"code": key.code, "name": "N", "kind": "equal", "seen": seen})
    assert "Cette clé a des relevés" in answer.content.decode()


def test_losing_weights_is_asked_first(client: Client, building: Any) -> None:
    key = KeyFactory(building=building, code="ASC", name="Ascenseur", kind="weights")
    weigh(key, {"L1": 1})
    seen = state_of({"code": "ASC", "name": "Ascenseur", "kind": "weights"})
    fields = {"code": "ASC", "name": "Ascenseur", "kind": "amounts", "seen": seen}
    assert "seront effacés" in client.post(f"/keys/{key.pk}/edit/", fields).content.decode()
    client.post(f"/keys/{key.pk}/edit/", fields | {"anyway": "yes"})
    assert (DistributionKey.objects.get(pk=key.pk).kind, key.weights.count()) == ("amounts", 0)


def test_an_archived_key_is_listed_apart_and_comes_back(client: Client, building: Any) -> None:
    key = KeyFactory(building=building, code="VIEUX", kind="weights")
    client.post(f"/keys/{key.pk}/archive/")
    assert "Clés archivées" in client.get(f"/buildings/{building.pk}/keys/").content.decode()
    client.post(f"/keys/{key.pk}/restore/")
    assert "Clés archivées" not in client.get(f"/buildings/{building.pk}/keys/").content.decode()
