"""An invoice typed in the browser's form."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.buildings.models import Building
from apps.documents.models import Document
from apps.expenses import services
from apps.expenses.closings import close_span
from apps.expenses.corrections import withdraw_approval
from apps.expenses.models import Attachment, Expense, ExpenseLine, LinePortion, LotAmount, Supplier
from apps.units.models import DistributionKey, Unit
from koprogo.context import Context, enter
from tests.accounts.clients import colleague
from tests.factories import (
    NOON,
    BuildingFactory,
    KeyFactory,
    MembershipFactory,
    SupplierFactory,
    building_with_lots,
    expense_of,
    sign_in,
    weigh,
)
from tests.papers import PDF

NEW = "/expenses/new/"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def building(office: Membership) -> Building:
    found = building_with_lots(office.organization, [600, 400])
    weigh(KeyFactory(building=found, code="LIFT", kind="weights"), {"L1": 1, "L2": 3})
    KeyFactory(building=found, code="TECHEM", kind="amounts")
    SupplierFactory(organization=office.organization, name="Vivaqua")
    return found


@pytest.fixture
def client(office: Membership, building: Building) -> Client:
    return sign_in(office)


@pytest.fixture
def typed(building: Building) -> dict[str, Any]:
    """A sound invoice of one line."""
    return {
        "building": building.pk, "supplier": "Vivaqua", "number": "V-1", "date": "2025-06-30", "due_on": "",
        "description": "Eau", "total": "", "line": ["0"], "0-description": "", "0-account": "6120",
        "0-net": "", "0-vat_rate": "6", "0-vat": "", "0-gross": "1.060,00", "0-target": f"k{key(building, 'GEN').pk}",
        "0-first": "2025-04-01", "0-last": "2025-06-30", "0-day_rule": "days", "0-tenant_percent": "",
    }  # fmt: skip


def key(building: Building, code: str) -> DistributionKey:
    return DistributionKey.objects.get(building=building, code=code)


def send(client: Client, data: dict[str, Any], path: str = NEW) -> str:
    return client.post(path, data, follow=True).content.decode()


def errors(page: str) -> list[str]:
    found = re.search(r'error-summary".*?<ul>(.*?)</ul>', page, re.DOTALL)
    texts = re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL) if found else []
    return [re.sub(r"<.*?>", "", text).replace("\xa0", " ").replace("\u202f", " ") for text in texts]


def value_of(page: str, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found, name
    value = re.search(r'value="([^"]*)"', found[0])
    return value[1] if value else ""


def options(page: str, name: str) -> list[str]:
    found = re.search(rf'<select[^>]*name="{name}".*?</select>', page, re.DOTALL)
    assert found, name
    return re.findall(r'<option value="([^"]*)"', found[0])


# --- Saved ---
def test_an_invoice_is_saved_with_what_was_left_to_reckon(client: Client, typed: dict[str, Any]) -> None:
    page = send(client, typed)
    assert "La dépense V-1 est enregistrée." in page
    line = ExpenseLine.objects.get()
    assert (line.net, line.vat, line.gross) == (Decimal("1000.00"), Decimal("60.00"), Decimal("1060.00"))
    assert (line.period_start, line.period_end) == (date(2025, 4, 1), date(2025, 7, 1))
    assert (line.description, line.tenant_percent) == ("Eau", 100)  # of the invoice, of the chart
    assert Expense.objects.get().status == "draft"


def test_a_line_goes_over_several_keys(client: Client, building: Building, typed: dict[str, Any]) -> None:
    send(client, typed | {
        "0-target": "split", "0-portion": ["0", "1"], "0-0-key": key(building, "GEN").pk, "0-0-percent": "30",
        "0-1-key": key(building, "LIFT").pk, "0-1-percent": "70",
    })  # fmt: skip
    assert list(LinePortion.objects.order_by("position").values_list("key__code", "percent", "amount")) == [
        ("GEN", 30, Decimal("318.00")),
        ("LIFT", 70, Decimal("742.00")),
    ]


def test_amounts_of_lots_are_pasted_from_a_spreadsheet(
    client: Client, building: Building, typed: dict[str, Any]
) -> None:
    techem = key(building, "TECHEM")
    lists = typed | {"0-target": f"k{techem.pk}"}
    page = send(client, lists | {f"0-paste-{techem.pk}": "L1\t1.000,00\nL2\t50,00"})
    assert errors(page) == [
        "Ligne 1, montants par lot (TECHEM) – Les montants des lots font 1 050,00 € au lieu de 1 060,00 € : "
        "10,00 € d’écart."
    ]
    lot = Unit.objects.get(building=building, number="L2")
    assert value_of(page, f"0-lot-{techem.pk}-{lot.pk}") == "50,00"
    send(client, lists | {f"0-paste-{techem.pk}": "L1\t1.000,00\nL2\t60,00"})
    assert dict(LotAmount.objects.values_list("unit__number", "amount")) == {"L1": 1000, "L2": 60}


def test_saved_and_submitted_or_begun_anew(client: Client, building: Building, typed: dict[str, Any]) -> None:
    send(client, typed | {"do": "save-submit"})
    assert Expense.objects.get().is_submitted
    answer = client.post(NEW, typed | {"number": "V-2", "do": "save-new", "anyway": "yes"})
    assert answer.headers["Location"] == f"{NEW}?building={building.pk}"


def test_the_same_form_sent_twice_makes_one_invoice(client: Client, typed: dict[str, Any]) -> None:
    first = client.post(NEW, typed | {"form_token": "a"})
    again = client.post(NEW, typed | {"form_token": "a"})
    assert first.headers["Location"] == again.headers["Location"]
    assert Expense.objects.count() == 1


# --- Refused ---
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"0-gross": "douze"}, "Ligne 1, montant TTC – Écrivez un montant, par exemple 1 234,56."),
        ({"0-vat_rate": ""}, "Ligne 1, montant TTC – Donnez deux montants, ou un seul avec le taux de TVA."),
        ({"0-net": "900"}, "Ligne 1, montant TTC – La TVA n’est pas le taux fois le montant HTVA : videz celui qui "
                           "doit être recalculé."),
        ({"0-account": "44"}, "Ligne 1, compte – Écrivez un compte de la classe 6 ou 7, de trois à huit chiffres."),
        ({"0-last": "2025-03-31"}, "Ligne 1, période au – Ce jour précède le premier : choisissez-en un plus tard."),
        ({"total": "1060,01"}, "Total de la facture (contrôle) – Les lignes font 1 060,00 € : 0,01 € d’écart avec ce "
                               "total."),
        ({"0-gross": "-1060"}, "Une facture a un total positif : une note de crédit se fait depuis la facture "
                               "concernée."),
        ({"due_on": "2025-06-01"}, "Échéance – L’échéance précède la date de la facture."),
        ({"0-target": "split"}, "Ligne 1, clé 1 – Ce champ est obligatoire."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_where_it_is_and_nothing_is_lost(
    client: Client, typed: dict[str, Any], change: dict[str, str], told: str
) -> None:
    page = send(client, typed | change)
    assert told in errors(page)
    assert (value_of(page, "number"), value_of(page, "0-first")) == ("V-1", "2025-04-01")
    assert not Expense.objects.exists()


def test_an_error_names_its_line(client: Client, typed: dict[str, Any]) -> None:
    second = {name.replace("0-", "7-", 1): value for name, value in typed.items() if name.startswith("0-")}
    page = send(client, typed | second | {"line": ["0", "7"], "7-gross": "x"})
    assert errors(page) == ["Ligne 2, montant TTC – Écrivez un montant, par exemple 1 234,56."]


def test_a_line_goes_over_what_its_building_offers_alone(
    client: Client, building: Building, typed: dict[str, Any]
) -> None:
    other = building_with_lots(building.organization, [1000])
    of_other = Unit.objects.get(building=other)
    Unit.objects.filter(building=building, number="L2").update(archived_on=NOON.date())
    archived = KeyFactory(building=building, code="ANCIEN", archived_on=NOON.date())
    for target in [
        f"k{key(other, 'GEN').pk}", f"u{of_other.pk}", f"u{Unit.objects.get(building=building, number='L2').pk}",
        f"k{archived.pk}", f"k0{key(building, 'GEN').pk}", "k", "u", "x",
    ]:  # fmt: skip
        assert errors(send(client, typed | {"0-target": target})) == [
            f"Ligne 1, répartition – Sélectionnez un choix valide. {target} n’en fait pas partie."
        ]
    send(client, typed | {"0-target": f"u{Unit.objects.get(building=building, number='L1').pk}"})
    assert ExpenseLine.objects.get().unit.number == "L1"


def test_an_invoice_lies_in_a_building_that_the_person_sees(client: Client, typed: dict[str, Any]) -> None:
    stranger = MembershipFactory()
    enter(Context(str(stranger.organization_id)))
    foreign = BuildingFactory(organization=stranger.organization)
    page = send(client, typed | {"building": foreign.pk, "0-target": ""})
    assert "Immeuble – Sélectionnez un choix valide. Ce choix ne fait pas partie de ceux disponibles." in errors(page)
    assert foreign.name not in page


def test_what_can_be_chosen_is_listed_where_the_form_is_shown(client: Client, building: Building) -> None:
    other = building_with_lots(building.organization, [1000])
    building_with_lots(building.organization, [1000], archived_on=NOON.date())
    page = client.get(f"{NEW}?building={building.pk}").content.decode()
    assert options(page, "building") == ["", *sorted([str(building.pk), str(other.pk)], key=int)]
    keys = [f"k{key(building, code).pk}" for code in ("GEN", "LIFT", "TECHEM")]
    lots = [f"u{unit.pk}" for unit in Unit.objects.filter(building=building).order_by("position")]
    assert options(page, "0-target") == ["", *keys, "split", *lots]
    Building.objects.filter(pk=building.pk).update(archived_on=NOON.date())
    assert str(building.pk) in options(client.get(f"{NEW}?building={building.pk}").content.decode(), "building")
    assert options(client.get(NEW).content.decode(), "building") == ["", str(other.pk)]


def test_errors_speak_the_language_of_each_person(
    client: Client, office: Membership, building: Building, typed: dict[str, Any]
) -> None:
    assert errors(send(client, typed | {"0-gross": "x"}))[0].startswith("Ligne 1, montant TTC")
    office.user.language = "nl"
    office.user.save()
    assert errors(send(client, typed | {"0-gross": "x"}))[0].startswith("Lijn 1, bedrag incl. btw")


def test_portions_that_do_not_make_the_line_are_refused(
    client: Client, building: Building, typed: dict[str, Any]
) -> None:
    split = typed | {
        "0-target": "split", "0-portion": ["0", "1"], "0-0-key": key(building, "GEN").pk, "0-0-percent": "30",
        "0-1-key": key(building, "LIFT").pk, "0-1-percent": "60",
    }  # fmt: skip
    assert errors(send(client, split)) == ["Ligne 1, répartition – Les parts font 90 pour cent au lieu de 100."]
    mixed = split | {"0-1-percent": "", "0-1-amount": "700"}
    assert errors(send(client, mixed)) == [
        "Ligne 1, répartition – Répartissez la ligne toute en pour cent, ou toute en montants."
    ]
    amounts = mixed | {"0-0-percent": "", "0-0-amount": "300"}
    assert errors(send(client, amounts)) == ["Ligne 1, répartition – Les parts font 1 000,00 € au lieu de 1 060,00 €."]


def test_a_number_that_the_supplier_has_used_is_refused(client: Client, typed: dict[str, Any]) -> None:
    send(client, typed)
    page = send(client, typed | {"0-gross": "10", "0-vat_rate": "0"})
    assert errors(page) == ["Numéro de facture – Ce fournisseur a déjà une facture de ce numéro dans cet immeuble."]


# --- Asked back ---
def test_a_double_a_closed_day_and_a_new_supplier_are_asked_back(
    client: Client, office: Membership, building: Building, typed: dict[str, Any]
) -> None:
    send(client, typed)
    close_span(building=building, first=date(2025, 1, 1), last=date(2025, 12, 31), by=office.user, on=NOON.date())
    page = send(client, typed | {"number": "V-2"})
    assert "La facture V-1 de ce fournisseur" in page
    assert "La période du 01/01/2025 au 31/12/2025 est clôturée" in page
    page = send(client, typed | {"number": "V-2", "0-gross": "1.060,01"})
    assert "La facture V-1" not in page
    assert "est clôturée" in page
    page = send(client, typed | {"number": "V-2", "date": "2026-01-01"})
    assert "La facture V-1" not in page
    assert "est clôturée" not in page
    Expense.objects.filter(number="V-2").delete()
    page = send(client, typed | {"number": "V-2", "supplier": "Nouveau SRL"})
    assert "Le fournisseur « Nouveau SRL » n’existe pas encore" in page
    assert (Expense.objects.count(), Supplier.objects.count()) == (1, 1)
    send(client, typed | {"number": "V-2", "supplier": "Nouveau SRL", "anyway": "yes"})
    assert Expense.objects.get(number="V-2").supplier.name == "Nouveau SRL"


def test_a_part_of_a_name_finds_the_one_supplier(client: Client, office: Membership, typed: dict[str, Any]) -> None:
    send(client, typed | {"supplier": "vivaq"})
    assert Expense.objects.get().supplier.name == "Vivaqua"
    SupplierFactory(organization=office.organization, name="Vivaqua Nord")
    page = send(client, typed | {"supplier": "vivaq", "number": "V-2"})
    assert errors(page) == ["Fournisseur – Plusieurs fournisseurs y correspondent : Vivaqua, Vivaqua Nord."]


# --- Lines, periods, proposals ---
@pytest.fixture
def press(client: Client, typed: dict[str, Any]) -> Callable[..., HttpResponse]:
    return lambda do, **change: client.post(NEW, typed | change | {"do": do})


def test_lines_come_go_and_move_without_being_saved(press: Callable[..., HttpResponse]) -> None:
    def lines(answer: HttpResponse) -> list[str]:
        return re.findall(r'name="line" value="(\d+)"', answer.content.decode())

    assert lines(press("add")) == ["0", "1"]
    assert lines(press("up:1", line=["0", "1"])) == ["1", "0"]
    assert lines(press("remove:0", line=["0", "1"])) == ["1"]
    assert lines(press("remove:0")) == ["0"]
    assert not Expense.objects.exists()


def test_a_new_line_begins_like_the_one_before(press: Callable[..., HttpResponse]) -> None:
    page = press("add").content.decode()
    assert [value_of(page, f"1-{name}") for name in ("vat_rate", "first", "gross")] == ["6", "2025-04-01", ""]


@pytest.mark.parametrize(
    ("do", "first", "last"),
    [
        ("month:0", "2025-06-01", "2025-06-30"), ("quarter:0", "2025-04-01", "2025-06-30"),
        ("year:0", "2025-01-01", "2025-12-31"), ("before:0", "2025-01-01", "2025-03-31"),
    ],
)  # fmt: skip
def test_buttons_choose_the_period(press: Callable[..., HttpResponse], do: str, first: str, last: str) -> None:
    page = press(do).content.decode()
    assert (value_of(page, "0-first"), value_of(page, "0-last")) == (first, last)


def test_what_the_office_did_last_is_proposed(client: Client, building: Building, typed: dict[str, Any]) -> None:
    send(client, typed | {"0-first": "2025-04-01", "0-last": "2025-06-30", "0-tenant_percent": "80"})
    asked = {"building": building.pk, "supplier": "vivaqua", "date": "2025-09-30", "line": ["0"], "do": "propose"}
    page = send(client, asked)
    assert [value_of(page, name) for name in (
        "description", "due_on", "0-account", "0-vat_rate", "0-first", "0-last", "0-tenant_percent",
    )] == ["Eau", "2025-10-30", "6120", "6", "2025-07-01", "2025-09-30", "80"]  # fmt: skip
    assert f'value="k{key(building, "GEN").pk}" selected' in page


def test_what_was_typed_is_not_proposed_over(client: Client, building: Building, typed: dict[str, Any]) -> None:
    send(client, typed)
    page = send(client, typed | {"description": "À moi", "0-account": "6121", "do": "propose"})
    assert (value_of(page, "description"), value_of(page, "0-account")) == ("À moi", "6121")


def test_a_line_split_before_is_proposed_split(client: Client, building: Building, typed: dict[str, Any]) -> None:
    send(client, typed | {
        "0-target": "split", "0-portion": ["0", "1"], "0-0-key": key(building, "GEN").pk, "0-0-percent": "30",
        "0-1-key": key(building, "LIFT").pk, "0-1-percent": "70",
    })  # fmt: skip
    page = send(client, {"building": building.pk, "line": ["0"], "0-account": "6120", "do": "propose"})
    assert (value_of(page, "0-0-percent"), value_of(page, "0-1-percent")) == ("30", "70")


def test_htmx_gets_the_part_that_it_swaps(client: Client, typed: dict[str, Any]) -> None:
    page = client.post(NEW, typed | {"do": "add"}, headers={"HX-Request": "true"}).content.decode()
    assert page.strip().startswith('<div id="invoice">')


# --- Papers ---
def test_papers_wait_while_the_form_is_wrong_and_are_attached_when_it_is_saved(
    client: Client, office: Membership, typed: dict[str, Any]
) -> None:
    paper = SimpleUploadedFile("facture.pdf", PDF)
    page = client.post(NEW, typed | {"papers": paper, "0-gross": "x"}).content.decode()
    waiting = Document.objects.get()
    assert value_of(page, "paper") == str(waiting.pk)
    assert (waiting.is_pending, Attachment.objects.count()) == (True, 0)
    send(sign_in(colleague(office, Role.ASSISTANT)), typed | {"paper": waiting.pk, "number": "V-2"})
    assert not Attachment.objects.exists()  # another person's
    send(client, typed | {"paper": waiting.pk, "anyway": "yes"})
    attachment = Attachment.objects.select_related("expense", "document").get()
    assert (attachment.expense.number, attachment.document.is_pending) == ("V-1", False)


def test_a_waiting_paper_is_dropped(client: Client, typed: dict[str, Any]) -> None:
    client.post(NEW, {"do": "keep", "papers": SimpleUploadedFile("facture.pdf", PDF)})
    number = Document.objects.get().pk
    client.post(NEW, typed | {"do": f"drop:{number}", "paper": number})
    assert not Document.objects.exists()


# --- Written anew, thrown away ---
class _Fields(HTMLParser):
    """What a browser sends back of the fields of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "select":
            self.select = given["name"] or ""
        elif tag == "option" and "selected" in given:
            self.values[self.select] = [given["value"] or ""]
        elif tag == "input" and given.get("name") and given.get("type") not in {"file", "checkbox"}:
            self.values.setdefault(given["name"] or "", []).append(given.get("value") or "")


def page_data(client: Client, expense: Expense) -> dict[str, Any]:
    fields = _Fields()
    fields.feed(client.get(f"/expenses/{expense.pk}/edit/").content.decode().partition('id="invoice-form"')[2])
    return fields.values


@pytest.fixture
def draft(client: Client, typed: dict[str, Any]) -> Expense:
    send(client, typed)
    return Expense.objects.get()


def test_a_draft_is_written_anew(client: Client, draft: Expense) -> None:
    data = page_data(client, draft)
    page = send(client, data | {"0-net": "", "0-vat": "", "0-gross": "2120"}, f"/expenses/{draft.pk}/edit/")
    assert "La dépense est enregistrée." in page
    draft.refresh_from_db()
    assert draft.amount == 2120


def test_two_people_on_one_draft_are_told_of_each_other(client: Client, office: Membership, draft: Expense) -> None:
    path, data = f"/expenses/{draft.pk}/edit/", page_data(client, draft)
    send(client, data | {"description": "Eau de pluie"}, path)
    changed = data | {"0-net": "", "0-vat": "", "0-gross": "2120"}
    page = send(sign_in(colleague(office, Role.ASSISTANT)), changed, path)
    assert "Entre-temps" in page  # the label was taken over
    draft.refresh_from_db()
    assert (draft.description, draft.amount) == ("Eau de pluie", 2120)
    page = send(client, data | {"0-net": "", "0-vat": "", "0-gross": "530"}, path)
    assert "Quelqu’un d’autre a modifié cette fiche" in page
    draft.refresh_from_db()
    assert draft.amount == 2120
    send(client, data | {"0-net": "", "0-vat": "", "0-gross": "530", "theirs": "lines", "seen": ""}, path)
    draft.refresh_from_db()
    assert draft.amount == 2120


def test_what_was_handed_in_is_not_edited(client: Client, office: Membership, draft: Expense) -> None:
    data = page_data(client, draft)
    services.submit_expense(expense=draft, by=office.user, at=NOON)
    for answer in (client.get(f"/expenses/{draft.pk}/edit/"), client.post(f"/expenses/{draft.pk}/edit/", data)):
        assert answer.headers["Location"] == f"/expenses/{draft.pk}/"


def test_a_draft_is_thrown_away_with_its_papers(client: Client, draft: Expense) -> None:
    client.post(f"/expenses/{draft.pk}/attachments/", {"papers": SimpleUploadedFile("f.pdf", PDF)})
    assert "est supprimée" in send(client, {}, f"/expenses/{draft.pk}/delete/")
    assert (Expense.objects.count(), Document.objects.count()) == (0, 0)


def test_what_was_approved_once_is_not_thrown_away(client: Client, office: Membership, building: Building) -> None:
    expense = expense_of(building, "100.00")
    services.approve_expense(expense=expense, by=office.user, on=NOON.date())
    assert "cette étape n&#39;est plus possible" in send(client, {}, f"/expenses/{expense.pk}/delete/")
    withdraw_approval(expense=expense, reason="Double", by=office.user, on=NOON.date())
    assert "Cette dépense a été approuvée une fois" in send(client, {}, f"/expenses/{expense.pk}/delete/")
    assert Expense.objects.filter(pk=expense.pk).exists()


# --- Moved to another building ---
def move(client: Client, draft: Expense, other: Building) -> list[str]:
    data = page_data(client, draft) | {"building": other.pk, "0-target": f"k{key(other, 'GEN').pk}"}
    return errors(send(client, data, f"/expenses/{draft.pk}/edit/"))


def test_a_draft_moves_to_another_building(client: Client, office: Membership, draft: Expense) -> None:
    other = building_with_lots(office.organization, [1000])
    assert move(client, draft, other) == []
    draft.refresh_from_db()
    assert [draft.building, *(line.building for line in draft.lines.all())] == [other, other]


def test_an_invoice_stays_in_the_building_of_its_credit_notes(
    client: Client, office: Membership, building: Building, draft: Expense
) -> None:
    expense_of(building, "-10.00", refers_to=draft, status="draft")
    found = move(client, draft, building_with_lots(office.organization, [1000]))
    assert "Des notes de crédit concernent cette facture : elle reste dans leur immeuble." in found[0]


def test_what_was_approved_once_stays_in_its_building(client: Client, office: Membership, draft: Expense) -> None:
    services.submit_expense(expense=draft, by=office.user, at=NOON)
    services.approve_expense(expense=draft, by=office.user, on=NOON.date())
    withdraw_approval(expense=draft, by=office.user, on=NOON.date(), reason="Clé")
    found = move(client, draft, building_with_lots(office.organization, [1000]))
    assert "elle reste dans son immeuble." in found[0]
