"""A lot changes hands in the browser: form, what it would do, confirmation, and what is refused."""

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.models import ClosedSpan
from apps.owners.models import Holding, Owner
from apps.owners.queries import holding_periods
from apps.units.models import Unit
from tests.accounts.clients import colleague
from tests.factories import OwnerFactory, UnitFactory, building_with_lots, expense_of, hold, sign_in

DEED = "2025-09-15"


@pytest.fixture
def building(office: Membership) -> Building:
    return building_with_lots(office.organization, [600, 400], reference="B")


@pytest.fixture
def buyer(building: Building) -> Owner:
    return OwnerFactory(organization=building.organization, code="ZOE", first_name="Zoé", name="Œuvre")


@pytest.fixture
def client(office: Membership, building: Building) -> Client:
    return sign_in(office)


def lot(number: str = "L1") -> Unit:
    return Unit.objects.get(number=number)


def row(who: str = "ZOE", fraction: str = "1", right: str = "full", i: int = 0) -> dict[str, str]:
    return {f"who_{i}": who, f"fraction_{i}": fraction, f"right_{i}": right}


def form(*rows: dict[str, str], **fields: Any) -> dict[str, Any]:
    typed: dict[str, Any] = {"on": DEED, "rows": str(max(len(rows), 1)), "step": "preview"} | fields
    for each in rows:
        typed |= each
    return typed


def post(client: Client, kind: str, data: dict[str, Any], number: str = "L1", since: str = "") -> Any:
    return client.post(f"/units/{lot(number).pk}/holders/{kind}/" + (f"?since={since}" if since else ""), data)


def confirm(client: Client, kind: str, data: dict[str, Any], number: str = "L1", since: str = "") -> Any:
    """What the page between shows is sent as its button does."""
    shown = post(client, kind, data, number, since)
    assert shown.status_code == 200, errors(shown)
    return post(client, kind, sent_by(shown), number, since)


def sent_by(shown: Any) -> dict[str, Any]:
    """The hidden fields of the page between, with its button."""
    fields: dict[str, Any] = {"step": "confirm"}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', shown.content.decode()):
        fields.setdefault(unescape(name), []).append(unescape(value))
    return fields


def errors(answer: Any) -> dict[str, str]:
    """Field → what stands beside it."""
    found = re.findall(r'class="field-error" id="id_(\w+)_error">.*?</svg>(.*?)</div>', answer.content.decode(), re.S)
    return {name: unescape(text).strip() for name, text in found}


def values(answer: Any, name: str) -> list[str]:
    """What stands in the fields whose name begins so, or the boxes that are ticked."""
    tags = re.findall(rf'<input[^>]*name="{name}[^>]*>', answer.content.decode())
    tags = [tag for tag in tags if 'type="checkbox"' not in tag or " checked" in tag]
    return [unescape("".join(re.findall(r'value="(.*?)"', tag))) for tag in tags]


def held(number: str = "L1") -> list[tuple[str, date, date | None]]:
    unit = lot(number)
    return [(each.holder.codes, each.starts_on, each.ends_on) for each in holding_periods(unit.building)[unit.pk]]


START = date(2019, 1, 1)


def test_a_sale_is_shown_and_then_noted(office: Membership, client: Client, buyer: Owner) -> None:
    expense = expense_of(lot().building, "1873.49", line_unit=lot())
    services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    shown = post(client, "sale", form(row("zoe œuvre")))
    page = shown.content.decode()
    assert "1 319,14" in page.replace("\u202f", " ")
    assert "554,35" in page
    assert Holding.objects.filter(unit=lot()).count() == 1
    answer = post(client, "sale", sent_by(shown))
    assert (answer.status_code, answer["Location"]) == (302, f"/units/{lot().pk}/")
    assert held() == [("B-01", START, date(2025, 9, 15)), ("ZOE", date(2025, 9, 15), None)]


def test_a_flat_and_its_garage_are_sold_in_one_deed(client: Client, buyer: Owner, building: Building) -> None:
    garage = UnitFactory(building=building, number="G1", share=0, position=9)
    hold(garage, (Owner.objects.get(code="B-01"), "full", 1))
    page = client.get(f"/units/{lot().pk}/holders/sale/")
    assert "G1" in page.content.decode()
    confirm(client, "sale", form(row(), lots=[str(garage.pk)]))
    assert held("G1")[1] == held("L1")[1] == ("ZOE", date(2025, 9, 15), None)


def test_sent_twice_it_is_noted_once(client: Client, buyer: Owner) -> None:
    new = {"new_name_0": "Maes", "new_first_name_0": "Jan", "new_city_0": "Meise", "fraction_0": "1"}
    sending = sent_by(post(client, "sale", form(new)))
    answers = [post(client, "sale", sending) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Owner.objects.filter(name="Maes").count() == 1
    assert len(held()) == 2


def test_a_newcomer_gets_the_next_code(client: Client, building: Building) -> None:
    new = {"new_name_0": "Maes", "new_first_name_0": "Jan", "fraction_0": "100 %", "new_kind_0": "person",
           "new_language_0": "nl", "new_city_0": "Meise"}  # fmt: skip
    confirm(client, "sale", form(new))
    owner = Owner.objects.get(name="Maes")
    assert (owner.code, owner.language, owner.city, owner.country) == ("C0001", "nl", "Meise", "BE")
    assert held()[1][0] == "C0001"


def test_who_bears_a_known_name_is_told(client: Client, buyer: Owner) -> None:
    shown = post(client, "sale", form({"new_name_0": "œuvre", "new_first_name_0": "zoé", "fraction_0": "1"}))
    assert "Un copropriétaire du même nom est déjà connu." in shown.content.decode()


def test_what_changed_meanwhile_is_shown_anew(office: Membership, client: Client, buyer: Owner) -> None:
    sending = sent_by(post(client, "sale", form(row())))
    expense = expense_of(lot().building, "100.00", line_unit=lot())
    services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    answer = post(client, "sale", sending)
    assert answer.status_code == 409
    assert "Quelqu’un d’autre a changé ces lots ou leurs charges entre-temps." in answer.content.decode()
    assert len(held()) == 1
    assert post(client, "sale", sent_by(answer)).status_code == 302
    assert len(held()) == 2


def test_a_deceased_half_goes_to_spouse_and_children(client: Client, building: Building) -> None:
    anne, bart, *_ = [OwnerFactory(organization=building.organization, code=code) for code in "ABCD"]
    unit = UnitFactory(building=building, number="X", share=0, position=9)
    hold(unit, (anne, "full", "1/2"), (bart, "full", "1/2"))
    heirs = [row("B", "1/2", "usufruct"), row("C", "0,25", "bare", 1), row("D", "20 %", "bare", 2)]
    refused = post(client, "inheritance", form(*heirs), "X")
    assert list(errors(refused)) == ["givers"]
    refused = post(client, "inheritance", form(*heirs, givers=[str(anne.pk)]), "X")
    assert errors(refused)["rows"].startswith("Il manque 1/20 de nue-propriété.")
    heirs[2] = row("D", "25 %", "bare", 2)
    confirm(client, "inheritance", form(*heirs, givers=[str(anne.pk)]), "X")
    members = Holding.objects.get(unit=unit, ends_on=None).holder.members.order_by("owner__code", "right")
    assert [(each.owner.code, each.right, str(each.fraction)) for each in members] == [
        ("B", "full", "1/2"), ("B", "usufruct", "1/2"), ("C", "bare", "1/4"), ("D", "bare", "1/4"),
    ]  # fmt: skip


def test_a_half_goes_to_a_partner(client: Client, buyer: Owner) -> None:
    confirm(client, "split", form(row(fraction="1/2")))
    assert held()[1] == ("B-01 + ZOE", date(2025, 9, 15), None)


def test_one_becomes_two_and_two_become_one(client: Client, buyer: Owner) -> None:
    page = client.get(f"/units/{lot().pk}/holders/marriage/")
    assert values(page, "fraction_") == ["1/2", "1/2"]
    confirm(client, "marriage", form(row("B-01", "1/2"), row("ZOE", "1/2", i=1)))
    confirm(client, "marriage", form(row("ZOE"), on="2026-01-01"))
    assert [each[0] for each in held()] == ["B-01", "B-01 + ZOE", "ZOE"]


def test_a_lot_that_nobody_holds_gets_its_first_holder(client: Client, buyer: Owner, building: Building) -> None:
    UnitFactory(building=building, number="N", share=0, position=9)
    assert client.get(f"/units/{lot('N').pk}/holders/sale/").status_code == 404
    confirm(client, "first", form(row(), on="2020-05-01"), "N")
    assert held("N") == [("ZOE", date(2020, 5, 1), None)]


@pytest.mark.parametrize(
    ("kind", "on", "says"),
    [
        ("sale", "2019-01-01", "que depuis le 01/01/2019"),
        ("sale", "2018-01-01", "la date doit venir après"),
        ("first", "2025-09-15", "a déjà un titulaire depuis le 01/01/2019"),
        ("sale", "0025-09-15", "vérifiez l’année"),
    ],
)
def test_a_day_that_does_not_fit_is_told_beside_it(client: Client, buyer: Owner, kind: str, on: str, says: str) -> None:
    answer = post(client, kind, form(row(), on=on))
    assert answer.status_code == 422
    assert says in errors(answer)["on"]


def test_a_sale_of_who_held_the_lot_before_is_noted_late(client: Client, buyer: Owner, building: Building) -> None:
    OwnerFactory(organization=building.organization, code="MID")
    confirm(client, "sale", form(row()))
    answer = post(client, "sale", form(row("MID"), on="2025-03-01"))
    assert "choisissez le titulaire d’avant" in errors(answer)["on"]
    confirm(client, "sale", form(row("MID"), on="2025-03-01"), since="2019-01-01")
    assert [each[:2] for each in held()] == [
        ("B-01", START), ("MID", date(2025, 3, 1)), ("ZOE", date(2025, 9, 15)),
    ]  # fmt: skip
    answer = post(client, "sale", form(row("MID"), on="2025-12-01"), since="2019-01-01")
    assert "n’est plus à ce titulaire depuis le 01/03/2025" in errors(answer)["on"]


def test_a_wrong_day_and_a_wrong_buyer_are_corrected_with_a_reason(
    office: Membership, client: Client, buyer: Owner, building: Building
) -> None:
    OwnerFactory(organization=building.organization, code="NEW")
    confirm(client, "sale", form(row()))
    assert list(errors(post(client, "correction", form(row("NEW"), on="2025-08-01"), since=DEED))) == ["reason"]
    numbered = form(row("NEW"), on="2025-08-01", reason="Voir 85.07.30-033.28")
    assert list(errors(post(client, "correction", numbered, since=DEED))) == ["reason"]
    confirm(client, "correction", form(row("NEW"), on="2025-08-01", reason="Acte relu"), since=DEED)
    assert held() == [("B-01", START, date(2025, 8, 1)), ("NEW", date(2025, 8, 1), None)]
    event = AuditEvent.objects.get(action="hands_corrected")
    assert (event.object_id, event.reason, event.actor_id) == (lot().pk, "Acte relu", office.user.pk)


def test_the_last_change_of_both_lots_of_a_deed_is_taken_back(client: Client, buyer: Owner, building: Building) -> None:
    garage = UnitFactory(building=building, number="G1", share=0, position=9)
    hold(garage, (Owner.objects.get(code="B-01"), "full", 1))
    confirm(client, "sale", form(row(), lots=[str(garage.pk)]))
    assert values(client.get(f"/units/{lot().pk}/holders/undo/"), "lots") == [str(garage.pk)]
    confirm(client, "undo", {"step": "preview", "lots": [str(garage.pk)], "reason": "Condition non remplie"})
    assert held("L1") == held("G1") == [("B-01", START, None)]
    assert AuditEvent.objects.filter(action="hands_restored", reason="Condition non remplie").count() == 2


def test_a_closed_span_is_told_with_the_first_free_day(office: Membership, client: Client, buyer: Owner) -> None:
    expense = expense_of(lot().building, "100.00")
    services.approve_expense(expense=expense, by=office.user, on=date(2026, 1, 15))
    ClosedSpan.objects.create(
        organization=office.organization, building=expense.building, starts_on=date(2025, 1, 1),
        ends_on=date(2026, 1, 1), closed_by=office.user, closed_on=date(2026, 1, 15),
    )  # fmt: skip
    sentence = errors(post(client, "sale", form(row())))["on"]
    assert "du 01/01/2025 au 31/12/2025" in sentence
    assert "à partir du 01/01/2026" in sentence
    assert confirm(client, "sale", form(row(), on="2026-01-01")).status_code == 302


def test_a_row_says_what_it_lacks(client: Client, buyer: Owner) -> None:
    answer = post(client, "sale", form(row("personne"), row("B-0", "1/2", i=1), row("ZOE", "3/2", i=2)))
    assert list(errors(answer)) == ["who_0", "owner_1", "fraction_2"]
    assert "B-02 · Claire Dubois" in answer.content.decode()
    assert list(errors(post(client, "sale", form(row("", "1"))))) == ["who_0"]
    both = row() | {"new_name_0": "Maes"}
    assert list(errors(post(client, "sale", form(both)))) == ["who_0"]


def test_one_of_several_who_answer_is_chosen(client: Client, buyer: Owner) -> None:
    chosen = Owner.objects.get(code="B-02")
    confirm(client, "sale", form(row("B-0") | {"owner_0": str(chosen.pk)}))
    assert held()[1][0] == "B-02"


def test_a_line_is_added_and_nothing_typed_is_lost(client: Client, buyer: Owner) -> None:
    answer = post(client, "sale", form(row("Zo", "1/2"), step="row"))
    assert answer.status_code == 200
    assert (values(answer, "who_"), values(answer, "on")) == (["Zo", ""], [DEED])


def test_owners_are_found_while_one_types(office: Membership, client: Client, buyer: Owner) -> None:
    answer = client.get("/units/owners-found/?who_3=OEUVRE+zo")
    assert 'value="ZOE · Zoé Œuvre"' in answer.content.decode()
    assert client.get("/units/owners-found/").content.decode().strip() == ""
    assert sign_in(colleague(office, Role.READER)).get("/units/owners-found/?who_0=z").status_code == 403


def test_what_is_no_lot_no_change_and_no_day_is_not_found(client: Client) -> None:
    assert client.get("/units/999999/holders/sale/").status_code == 404
    assert client.get(f"/units/{lot().pk}/holders/gift/").status_code == 404
    assert client.get(f"/units/{lot().pk}/holders/sale/?since=never").status_code == 404


def test_the_pages_cost_the_same_however_many_lots_there_are(
    office: Membership, client: Client, buyer: Owner, django_assert_num_queries: Any
) -> None:
    building = lot().building
    for position in range(10, 40):
        unit = UnitFactory(building=building, number=f"P{position}", share=0, position=position)
        hold(unit, (Owner.objects.get(code="B-01"), "full", 1))
    with django_assert_num_queries(5):
        client.get(f"/units/{lot().pk}/holders/sale/")
    with django_assert_num_queries(11):
        post(client, "sale", form(row()))
