"""Credit notes and corrections as the pages make them: who may, from what, and what is refused."""

import html
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.expenses import services
from apps.expenses.closings import close_span
from apps.expenses.models import Expense
from tests.factories import NOON, KeyFactory, building_with_lots, expense_of, sign_in, weigh

TODAY = date(2026, 1, 15)


@pytest.fixture
def building(office: Membership) -> Building:
    found = building_with_lots(office.organization, [600, 400])
    weigh(KeyFactory(building=found, code="LIFT", kind="weights"), {"L1": 1, "L2": 3})
    return found


@pytest.fixture
def approved(office: Membership, building: Building) -> Expense:
    expense = expense_of(building, "100.00", number="F-1")
    services.approve_expense(expense=expense, by=office.user, on=TODAY)
    return expense


@pytest.fixture
def closed(office: Membership, approved: Expense) -> Expense:
    close_span(building=approved.building, first=date(2025, 1, 1), last=date(2025, 12, 31), by=office.user, on=TODAY)
    return approved


@pytest.fixture
def client(office: Membership, building: Building) -> Client:
    return sign_in(office)


class Fields(HTMLParser):
    """What a browser would send of a page's form, by name."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.select = ""
        self.feed(page.partition('id="invoice-form"')[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select" and "disabled" not in given:
            self.select = given.get("name") or ""
        elif tag == "option" and "selected" in given and self.select:
            self.values[self.select] = given["value"] or ""
        elif tag == "input" and given.get("name") and "disabled" not in given and given.get("type") != "file":
            self.values[given["name"] or ""] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self.select = ""


def address(step: str, expense: Expense) -> str:
    return reverse(f"expenses:{step}", args=[expense.pk])


def send(client: Client, path: str, **changes: str) -> str:
    data = Fields(client.get(path).text).values | {"do": "save"} | changes
    return client.post(path, data, follow=True).text


def test_a_credit_note_starts_from_the_whole_invoice(client: Client, approved: Expense) -> None:
    page = send(client, address("credit_note", approved), number="NC-1", date="2026-01-10")
    note = Expense.objects.get(number="NC-1")
    assert "La note de crédit NC-1 est enregistrée." in page
    assert (note.amount, note.refers_to, note.supplier) == (-100, approved, approved.supplier)
    assert f'href="/expenses/{approved.pk}/"' in page  # each leads to the other
    assert "NC-1" in client.get(address("detail", approved)).text


def test_a_credit_note_gives_money_back(client: Client, approved: Expense) -> None:
    page = send(client, address("credit_note", approved), **{"number": "NC-1", "0-net": "100", "0-gross": "100"})
    assert "Une note de crédit a un total négatif" in page
    assert Expense.objects.count() == 1


def test_a_credit_note_keeps_building_and_supplier(client: Client, office: Membership, approved: Expense) -> None:
    other = building_with_lots(office.organization, [1000])
    send(client, address("credit_note", approved), number="NC-1", building=str(other.pk), supplier="Un autre SRL")
    note = Expense.objects.get(number="NC-1")
    assert (note.building, note.supplier) == (approved.building, approved.supplier)


@pytest.mark.parametrize("step", ["credit_note", "correct"])
def test_what_is_not_approved_has_neither(client: Client, building: Building, step: str) -> None:
    draft = expense_of(building, status="draft")
    answer = client.get(address(step, draft))
    assert answer.status_code == 404 or answer.headers["Location"] == address("detail", draft)


def test_before_anything_is_closed_the_way_on_is_told(client: Client, approved: Expense) -> None:
    page = client.get(address("correct", approved), follow=True).text
    assert "retirez l’approbation et corrigez la dépense elle-même" in page


def test_a_correction_is_written_and_written_anew(client: Client, closed: Expense) -> None:
    lift = f"k{closed.building.keys.get(code='LIFT').pk}"
    send(client, address("correct", closed), **{"0-target": lift, "description": "Clé ascenseur", "date": "2026-02-01"})
    draft = Expense.objects.get(is_correction=True)
    assert (draft.number, draft.amount, draft.description) == ("F-1 C1", 0, "Clé ascenseur")
    assert [line.gross for line in draft.lines.order_by("position")] == [-100, 100]
    shown = Fields(client.get(address("correct", draft)).text).values
    assert (shown["0-target"], shown["description"]) == (lift, "Clé ascenseur")
    send(client, address("correct", draft), **{"0-net": "90", "0-gross": "90"})
    draft.refresh_from_db()
    assert draft.amount == -10


def test_a_correction_without_a_change_is_told_so(client: Client, closed: Expense) -> None:
    page = send(client, address("correct", closed), description="Rien", date="2026-02-01")
    assert "Cette correction ne change rien" in page
    assert not Expense.objects.filter(is_correction=True).exists()


def test_a_correction_dated_in_a_closed_span_is_refused_beside_the_date(client: Client, closed: Expense) -> None:
    lift = f"k{closed.building.keys.get(code='LIFT').pk}"
    page = send(client, address("correct", closed), **{
        "0-target": lift, "description": "Clé", "date": "2025-12-31", "anyway": "yes",
    })  # fmt: skip
    assert "rien n’y est plus approuvé ni retiré" in page
    assert not Expense.objects.filter(is_correction=True).exists()


def test_a_second_correction_waits_for_the_first(client: Client, closed: Expense) -> None:
    lift = f"k{closed.building.keys.get(code='LIFT').pk}"
    send(client, address("correct", closed), **{"0-target": lift, "description": "Clé", "date": "2026-02-01"})
    page = client.get(address("correct", closed), follow=True).text
    assert "La correction F-1 C1 repose sur cette dépense" in page


def test_a_draft_correction_is_deleted_and_leaves_the_way_free(client: Client, closed: Expense) -> None:
    lift = f"k{closed.building.keys.get(code='LIFT').pk}"
    send(client, address("correct", closed), **{"0-target": lift, "description": "Clé", "date": "2026-02-01"})
    draft = Expense.objects.get(is_correction=True)
    assert "Supprimer" in client.get(address("detail", draft)).text
    assert "est supprimée" in client.post(address("delete", draft), follow=True).text
    assert client.get(address("correct", closed)).status_code == 200


def test_a_correction_that_was_approved_once_is_given_up(client: Client, office: Membership, closed: Expense) -> None:
    lift = f"k{closed.building.keys.get(code='LIFT').pk}"
    send(client, address("correct", closed), **{"0-target": lift, "description": "Clé", "date": "2026-02-01"})
    correction = Expense.objects.get(is_correction=True)
    services.submit_expense(expense=correction, by=office.user, at=NOON)
    services.approve_expense(expense=correction, by=office.user, on=TODAY)
    client.post(address("withdraw", correction), {"reason": "Deux fois la même"})
    assert "Abandonner" in client.get(address("detail", correction)).text
    page = client.post(address("delete", correction), follow=True).text
    assert "La correction F-1 C1 est abandonnée." in page
    correction.refresh_from_db()
    assert (correction.status, correction.amount) == ("rejected", 0)
    # What it took back is free: another correction may take it, and is called otherwise.
    send(client, address("correct", closed), **{"0-target": lift, "description": "Clé", "date": "2026-02-01"})
    assert Expense.objects.filter(number="F-1 C2").exists()


def test_a_colleagues_correction_is_not_undone_unseen(client: Client, office: Membership, closed: Expense) -> None:
    """Both opened the page; the first one's correction is approved before the second saves."""
    opened = Fields(client.get(address("correct", closed)).text).values
    lift = f"k{closed.building.keys.get(code='LIFT').pk}"
    send(client, address("correct", closed), **{"0-target": lift, "description": "Clé", "date": "2026-02-01"})
    first = Expense.objects.get(is_correction=True)
    services.submit_expense(expense=first, by=office.user, at=NOON)
    services.approve_expense(expense=first, by=office.user, on=TODAY)
    mine = opened | {"do": "save", "description": "Compte", "date": "2026-02-02", "0-account": "6106"}
    answer = client.post(address("correct", closed), mine)
    assert answer.status_code == 422
    assert "Quelqu’un d’autre a corrigé cette dépense" in answer.text
    assert Expense.objects.filter(is_correction=True).count() == 1
    again = mine | {"began": Fields(answer.text).values["began"]}
    assert "est enregistrée" in client.post(address("correct", closed), again, follow=True).text


def test_more_than_the_invoice_is_given_back_only_when_meant(client: Client, approved: Expense) -> None:
    page = send(client, address("credit_note", approved), **{"number": "NC-1", "0-net": "-500", "0-gross": "-500"})
    assert "Il ne reste que 100,00" in page
    assert not Expense.objects.filter(refers_to=approved).exists()
    send(client, address("credit_note", approved), **{
        "number": "NC-1", "0-net": "-500", "0-gross": "-500", "anyway": "yes",
    })  # fmt: skip
    assert Expense.objects.get(number="NC-1").amount == -500


def test_a_stored_credit_note_keeps_to_its_invoice(client: Client, office: Membership, approved: Expense) -> None:
    other = building_with_lots(office.organization, [1000])
    send(client, address("credit_note", approved), number="NC-1")
    note = Expense.objects.get(number="NC-1")
    send(client, address("edit", note), building=str(other.pk), supplier="Un autre SRL", description="Remise")
    note.refresh_from_db()
    assert (note.building, note.supplier, note.description) == (approved.building, approved.supplier, "Remise")


def test_under_an_approved_credit_note_the_invoice_stays(client: Client, office: Membership, approved: Expense) -> None:
    send(client, address("credit_note", approved), number="NC-1")
    note = Expense.objects.get(number="NC-1")
    services.submit_expense(expense=note, by=office.user, at=NOON)
    services.approve_expense(expense=note, by=office.user, on=TODAY)
    page = client.post(address("withdraw", approved), {"reason": "Essai"}, follow=True).text
    assert "La note de crédit NC-1 repose sur cette facture" in page


def test_weights_that_changed_since_the_page_was_shown_stop_the_approval(client: Client, building: Building) -> None:
    key = building.keys.get(code="LIFT")
    expense = expense_of(building, "100.00", line_key=key)
    shown = client.get(address("detail", expense)).text.partition('name="shown" value="')[2].partition('"')[0]
    key.weights.filter(unit__number="L1").update(weight=7)
    page = client.post(address("approve", expense), {"shown": html.unescape(shown)}, follow=True).text
    assert "a été modifiée depuis que cette page s’est affichée" in page
    expense.refresh_from_db()
    assert expense.is_submitted
    shown = client.get(address("detail", expense)).text.partition('name="shown" value="')[2].partition('"')[0]
    client.post(address("approve", expense), {"shown": html.unescape(shown)})
    expense.refresh_from_db()
    assert expense.is_approved
