"""Tables in and out of the admin: the walls, what is frozen, formulas, the audit."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any

import openpyxl
import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts import staff_tables
from apps.accounts.models import Membership, User
from apps.accounts.staff import TenantAdmin
from apps.audit.models import AuditEvent
from apps.buildings.models import BankAccount, Building
from apps.expenses import services
from apps.expenses.models import Supplier
from apps.owners.models import Owner
from apps.units.models import DistributionKey, KeyWeight, Unit
from koprogo import context, tables
from tests.accounts.clients import client_in
from tests.accounts.everything import IBAN, one_of_everything
from tests.accounts.test_staff import REASON, enter
from tests.factories import (
    BuildingFactory,
    KeyFactory,
    MembershipFactory,
    OwnerFactory,
    SupplierFactory,
    UserFactory,
    building_with_lots,
    expense_of,
    weigh,
)

TENANT = [model for model, table in admin.site._registry.items() if isinstance(table, TenantAdmin)]
IMPORTED = [model for model in TENANT if admin.site._registry[model].resource]


@pytest.fixture
def staff(db: None) -> User:
    return UserFactory(is_staff=True, name="Nadia")


@pytest.fixture
def inside(office: Membership, staff: User) -> Client:
    client = client_in(None, staff)
    enter(client, office)
    see(office)
    return client


def see(office: Membership) -> None:
    context.enter(context.Context(str(office.organization_id), str(office.user_id)))


def address(model: Any, view: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}")


def preview(client: Client, model: Any, text: str | bytes) -> Any:
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(address(model, "import"), {"file": SimpleUploadedFile("t.csv", content)}, follow=True)


def bring_in(client: Client, model: Any, text: str) -> Any:
    page = preview(client, model, text)
    assert "table" in page.context, said(page)
    return client.post(address(model, "import"), {"table": page.context["table"]}, follow=True)


def said(page: Any) -> list[tuple[int | None, str, str]]:
    return list(page.context.get("problems", []))


def messages_of(page: Any) -> str:
    return " ".join(map(str, page.context["messages"]))


def export(client: Client, model: Any, format: str = "csv", query: str = "") -> list[dict[str, str]]:
    answer = client.post(address(model, "export") + query, {"format": format})
    assert answer["Content-Disposition"] == f'attachment; filename="{model._meta.model_name}.{format}"'
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


# --- Who may ---
def test_files_of_seven_tables_come_in() -> None:
    assert {model.__name__ for model in IMPORTED} == {
        "BankAccount", "Building", "DistributionKey", "KeyWeight", "Owner", "Supplier", "Unit"
    }  # fmt: skip


@pytest.mark.parametrize("view", ["export", "import"])
def test_without_an_organization_nothing_leaves_or_comes_in(staff: User, view: str) -> None:
    client = client_in(None, staff)
    assert client.get(address(Owner, view)).status_code == 403
    assert client.post(address(Owner, view), {"format": "csv"}).status_code == 403


def test_staff_who_entered_as_a_member_gave_no_reason_and_take_nothing_along(office: Membership, staff: User) -> None:
    MembershipFactory(organization=office.organization, user=staff)
    client = client_in(None, staff)
    client.post("/organizations/", {"organization": office.organization_id})
    assert "Exporter" not in client.get(address(Owner, "changelist")).content.decode()
    assert client.post(address(Owner, "export"), {"format": "csv"}).status_code == 403
    enter(client, office)
    assert "Exporter" in client.get(address(Owner, "changelist")).content.decode()
    client.post("/organizations/", {"organization": office.organization_id})
    assert client.post(address(Owner, "export"), {"format": "csv"}).status_code == 403


@pytest.mark.parametrize("view", ["export", "import"])
def test_a_manager_meets_no_such_page(office: Membership, view: str) -> None:
    client = client_in(office.organization, office.user)
    assert client.post(address(Owner, view), {"format": "csv"}).status_code == 302


# --- Out ---
@pytest.mark.parametrize("model", TENANT, ids=lambda model: model.__name__)
def test_every_table_leaves_with_as_many_statements_for_more_rows(
    inside: Client, office: Membership, model: Any
) -> None:
    one_of_everything(office)
    few = _statements(inside, model)
    see(office)
    for _ in range(3):
        one_of_everything(office)
    assert _statements(inside, model) == few


def _statements(client: Client, model: Any) -> tuple[int, int, int]:
    counts = []
    for send in (
        lambda: client.get(address(model, "export")),
        lambda: client.post(address(model, "export"), {"format": "csv"}),
        lambda: client.post(address(model, "export"), {"format": "xlsx"}),
    ):
        with CaptureQueriesContext(connection) as captured:
            assert send().status_code == 200
        counts.append(len(captured))
    return counts[0], counts[1], counts[2]


def test_an_export_is_told_to_the_audit_with_table_count_and_reason(
    inside: Client, office: Membership, staff: User
) -> None:
    OwnerFactory.create_batch(2, organization=office.organization)
    export(inside, Owner)
    see(office)
    event = AuditEvent.objects.get(action="exported")
    assert (event.table, event.actor_id, event.reason) == ("owners_owner", staff.pk, REASON)
    assert event.changes == {"paper": [None, "owner.csv"], "total": [None, 2]}


def test_an_export_holds_what_the_list_shows_filtered(inside: Client, office: Membership) -> None:
    BuildingFactory(organization=office.organization, reference="T1", city="Liège")
    BuildingFactory(organization=office.organization, reference="T2", city="Namur")
    assert [row["reference"] for row in export(inside, Building, query="?city=Namur")] == ["T2"]


def test_the_neighbours_rows_do_not_leave(inside: Client, office: Membership) -> None:
    other = MembershipFactory()
    with context.working_as(organization_id=other.organization_id, actor="test"):
        theirs = BuildingFactory(organization=other.organization)
    assert export(inside, Building) == []
    assert export(inside, Building, query=f"?id={theirs.pk}") == []


def test_no_text_of_an_export_is_a_formula_and_it_comes_back_as_it_was(inside: Client, office: Membership) -> None:
    evil = '=HYPERLINK("http://x")'
    OwnerFactory(organization=office.organization, code="P1", name=evil, phone="+32 2 511 00 00")
    answer = inside.post(address(Owner, "export"), {"format": "csv"})
    (row,) = csv.DictReader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";")
    assert (row["name"], row["phone"]) == (f"'{evil}", "'+32 2 511 00 00")
    assert preview(inside, Owner, answer.content).context["counts"] == {"new": 0, "changed": 0, "same": 1}
    answer = inside.post(address(Owner, "export"), {"format": "xlsx"})
    cells = {cell.value: cell.data_type for cell in list(openpyxl.load_workbook(BytesIO(answer.content)).active)[1]}
    assert cells[evil] == "s"


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("model", IMPORTED, ids=lambda model: model.__name__)
def test_what_left_comes_back_without_a_change(inside: Client, office: Membership, model: Any, format: str) -> None:
    building = building_with_lots(office.organization, [600, 400])
    building.units.filter(number="L1").update(area=Decimal("85.50"), floor=-1)
    weigh(KeyFactory(building=building, kind="weights"), {"L1": "12.5"})
    BankAccount.objects.create(organization=office.organization, building=building, kind="current", iban=IBAN)
    SupplierFactory(organization=office.organization, iban=IBAN, email="a@example.be")
    content = inside.post(address(model, "export"), {"format": format}).content
    counts = preview(inside, model, content).context["counts"]
    assert (counts["new"], counts["changed"]) == (0, 0)
    assert counts["same"] > 0


def test_secrets_do_not_leave(inside: Client, office: Membership) -> None:
    for name, hidden in {"accounts_invitation": "digest", "documents_document": "path"}.items():
        page = inside.get(reverse(f"admin:{name}_export"))
        assert hidden not in page.context["columns"]


def test_a_list_that_is_too_long_says_to_filter(
    inside: Client, office: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_tables, "MOST_EXPORTED", 1)
    OwnerFactory.create_batch(2, organization=office.organization)
    page = inside.post(address(Owner, "export"), {"format": "csv"})
    assert "Filtrez d’abord la liste" in page.content.decode()
    see(office)
    assert not AuditEvent.objects.filter(action="exported").exists()


# --- In ---
NEW_BUILDING = "reference;name;street;postcode;city;total_shares\nT1;Les Tilleuls;Rue Neuve 1;1000;Bruxelles;1 000\n"


def test_a_preview_writes_nothing(inside: Client, office: Membership) -> None:
    page = preview(inside, Building, NEW_BUILDING)
    assert page.context["counts"] == {"new": 1, "changed": 0, "same": 0}
    see(office)
    assert not Building.objects.exists()
    assert not AuditEvent.objects.filter(action="imported").exists()


def test_an_import_is_written_and_told_with_count_and_reason(inside: Client, office: Membership, staff: User) -> None:
    page = bring_in(inside, Building, NEW_BUILDING)
    assert "Import terminé : 1 ajoutés, 0 modifiés, 0 inchangés." in messages_of(page)
    see(office)
    building = Building.objects.get()
    assert (building.organization, building.reference, building.total_shares) == (office.organization, "T1", 1000)
    event = AuditEvent.objects.get(action="imported")
    assert (event.table, event.actor_id, event.reason) == ("buildings_building", staff.pk, REASON)
    assert (event.changes["file"], event.changes["total"]) == ([None, "t.csv"], [None, 1])


def test_a_change_writes_the_columns_of_the_file_alone(inside: Client, office: Membership) -> None:
    OwnerFactory(organization=office.organization, code="P1", name="Dubois", email="a@example.be", city="Liège")
    page = preview(inside, Owner, "code,city\nP1,Namur\n")
    assert ("Liège", "Namur") in page.context["rows"][0][2]
    Owner.objects.update(email="b@example.be")  # somebody else, between preview and confirmation
    inside.post(address(Owner, "import"), {"table": page.context["table"]})
    see(office)
    owner = Owner.objects.get()
    assert (owner.name, owner.city, owner.email) == ("Dubois", "Namur", "b@example.be")
    assert AuditEvent.objects.filter(table="owners_owner", action="update").latest("id").changes.keys() == {"city"}


def test_lots_keys_weights_accounts_owners_and_suppliers_come_in(inside: Client, office: Membership) -> None:
    bring_in(inside, Building, NEW_BUILDING)
    bring_in(inside, Unit, "building;number;kind;share;area\nT1;1A;appartement;600;85,5\nT1;1B;garage;400;\n")
    bring_in(inside, DistributionKey, "building;code;name;kind\nT1;ASC;Ascenseur;weights\nT1;SUB;Nord;subset\n")
    bring_in(inside, KeyWeight, "building;key;unit;weight\nT1;ASC;1A;2,5\nT1;SUB;1B;400\n")
    bring_in(inside, BankAccount, "building;iban;kind\nT1;BE68 5390 0754 7034;réserve\n".replace("réserve", "reserve"))
    bring_in(inside, Owner, "code;kind;name;language\nP1;person;Dubois;fr\n")
    bring_in(inside, Supplier, "name;enterprise_number\nArdenne Énergie;0999.900.150\n")
    see(office)
    assert list(Unit.objects.order_by("position").values_list("number", "kind", "share", "area", "position")) == [
        ("1A", "apartment", 600, Decimal("85.50"), 1), ("1B", "garage", 400, None, 2)
    ]  # fmt: skip
    assert set(KeyWeight.objects.values_list("key__code", "unit__number", "weight")) == {
        ("ASC", "1A", Decimal("2.5")), ("SUB", "1B", Decimal(400))
    }  # fmt: skip
    assert BankAccount.objects.get().iban == IBAN
    assert Owner.objects.get().country == "BE"
    assert Supplier.objects.get().enterprise_number == "0999900150"


def test_the_same_confirmation_twice_writes_once(inside: Client, office: Membership) -> None:
    page = preview(inside, Building, NEW_BUILDING)
    for _ in range(2):
        inside.post(address(Building, "import"), {"table": page.context["table"]})
    see(office)
    assert Building.objects.count() == 1
    assert AuditEvent.objects.filter(action="imported").count() == 1


def test_one_refusal_refuses_the_whole_file(inside: Client, office: Membership) -> None:
    text = NEW_BUILDING + "T2;;Rue Neuve 2;1000;Bruxelles;0\n"
    found = said(preview(inside, Building, text))
    assert [(row, column) for row, column, _sentence in found] == [(3, "name"), (3, "total_shares")]
    see(office)
    assert not Building.objects.exists()


def test_what_became_wrong_after_the_preview_is_told_and_nothing_is_written(inside: Client, office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 400], reference="T1")
    KeyFactory(building=building, code="ASC", kind="weights")
    later = KeyFactory(building=building, code="EAU", kind="weights")
    page = preview(inside, KeyWeight, "building;key;unit;weight\nT1;ASC;L1;7\nT1;EAU;L1;3\n")
    see(office)
    DistributionKey.objects.filter(pk=later.pk).update(kind="shares")
    answer = inside.post(address(KeyWeight, "import"), {"table": page.context["table"]})
    assert said(answer) == [(3, "key", "Une clé de ce type n’a pas de poids.")]
    see(office)
    assert not KeyWeight.objects.exists()
    assert not AuditEvent.objects.filter(action="imported").exists()


# --- The walls ---
@pytest.fixture
def theirs(office: Membership) -> Building:
    """The neighbour's building T9 with lots, keys and an owner."""
    other = MembershipFactory()
    with context.working_as(organization_id=other.organization_id, actor="test"):
        building = building_with_lots(other.organization, [600, 400], reference="T9")
        KeyFactory(building=building, code="ASC", kind="weights")
        SupplierFactory(organization=other.organization, name="Chez eux")
    see(office)
    return building


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (Unit, "building;number;kind;share\n{}\n".format("T9;X;studio;0")),
        (DistributionKey, "building;code;name;kind\nT9;X;X;shares\n"),
        (KeyWeight, "building;key;unit;weight\nT9;ASC;L1;1\n"),
        (BankAccount, f"building;iban;kind\nT9;{IBAN};current\n"),
    ],
)  # fmt: skip
def test_a_file_refers_to_nothing_of_the_neighbour(inside: Client, theirs: Building, model: Any, text: str) -> None:
    for name in ("T9", str(theirs.pk)):
        found = said(preview(inside, model, text.replace("T9", name)))
        assert (2, "building", f"« {name} » n’existe pas ici.") in found


@pytest.mark.parametrize("column", ["id", "organization", "organization_id"])
def test_a_file_names_no_number_of_ours(inside: Client, theirs: Building, column: str) -> None:
    text = f"reference;name;{column}\nT9;Pris;{theirs.pk}\n"
    assert f"Ces colonnes n’existent pas : {column}." in messages_of(preview(inside, Building, text))


def test_a_row_called_like_the_neighbours_is_a_row_of_ones_own(
    inside: Client, office: Membership, theirs: Building
) -> None:
    bring_in(inside, Building, NEW_BUILDING.replace("T1", "T9"))
    see(office)
    assert Building.objects.get().pk != theirs.pk
    with context.working_as(organization_id=theirs.organization_id, actor="test"):
        theirs.refresh_from_db()
        assert theirs.name != "Les Tilleuls"


def test_what_was_shown_in_one_office_is_not_written_in_another(inside: Client, office: Membership) -> None:
    page = preview(inside, Building, NEW_BUILDING)
    other = MembershipFactory()
    enter(inside, other)
    answer = inside.post(address(Building, "import"), {"table": page.context["table"]}, follow=True)
    assert "Cet aperçu n’est plus valable" in messages_of(answer)
    for each in (office, other):
        see(each)
        assert not Building.objects.exists()


def test_a_preview_is_confirmed_by_who_saw_it_and_in_its_table(inside: Client, office: Membership) -> None:
    page = preview(inside, Owner, "code;kind;name;language\nP1;person;Dubois;fr\n")
    assert "plus valable" in messages_of(
        inside.post(address(Supplier, "import"), {"table": page.context["table"]}, follow=True)
    )
    colleague = client_in(None, UserFactory(is_staff=True))
    enter(colleague, office)
    answer = colleague.post(address(Owner, "import"), {"table": page.context["table"]}, follow=True)
    assert "plus valable" in messages_of(answer)
    tampered = page.context["table"][:-3] + "abc"
    assert "plus valable" in messages_of(inside.post(address(Owner, "import"), {"table": tampered}, follow=True))


# --- What an approval froze, and what rows do together ---
@pytest.fixture
def approved(office: Membership) -> Building:
    """T1 with L1 and L2, an approved expense over ASC."""
    building = building_with_lots(office.organization, [600, 400], reference="T1")
    key = KeyFactory(building=building, code="ASC", kind="weights")
    weigh(key, {"L1": 1, "L2": 2})
    expense = expense_of(building, line_key=key)
    services.approve_expense(expense=expense, by=UserFactory(), on=date(2026, 1, 15))
    return building


FROZEN = "Une dépense approuvée a été répartie par cette clé"
KEPT = "Cette valeur ne change pas par un fichier"


@pytest.mark.parametrize(
    ("model", "text", "column", "sentence"),
    [
        (KeyWeight, "building;key;unit;weight\nT1;ASC;L1;7\n", "weight", FROZEN),
        (Unit, "building;number;share\nT1;L1;601\n", "share", KEPT),
        (Building, "reference;total_shares\nT1;2000\n", "total_shares", KEPT),
        (DistributionKey, "building;code;kind\nT1;ASC;equal\n", "kind", KEPT),
    ],
)
def test_what_an_approval_rests_on_is_not_changed_by_a_file(
    inside: Client, approved: Building, model: Any, text: str, column: str, sentence: str
) -> None:
    ((row, where, told),) = said(preview(inside, model, text))
    assert (row, where) == (2, column)
    assert told.startswith(sentence)


def test_a_weight_on_which_nothing_rests_is_changed(inside: Client, office: Membership) -> None:
    building = building_with_lots(office.organization, [600, 400], reference="T1")
    weigh(KeyFactory(building=building, code="ASC", kind="weights"), {"L1": 1})
    bring_in(inside, KeyWeight, "building;key;unit;weight\nT1;ASC;L1;7\nT1;ASC;L2;3\n")
    see(office)
    assert set(KeyWeight.objects.values_list("unit__number", "weight")) == {("L1", 7), ("L2", 3)}


WRONG = [
    (Unit, "building;number;kind;share\nT1;L3;studio;1\n", (2, "", "Les quotités des lots dépassent de 1")),
    (Unit, "building;number;kind;share;position\nT1;L3;studio;0;2\n", (2, "", "Un autre lot de cet immeuble a déjà")),
    (Unit, "building;number;kind;share\nT1;L3;ferme;0\n", (2, "kind", "Écrivez l’un de ceux-ci : apartment")),
    (Unit, "building;number;kind;share\nT1;L3;studio;0\nT1;L3;studio;0\n", (3, "", "Le même nom se trouve déjà")),
    (KeyWeight, "building;key;unit;weight\nT1;GEN;L1;1\n", (2, "key", "Une clé de ce type n’a pas de poids.")),
    (KeyWeight, "building;key;unit;weight\nT1;SUB;L1;1\n", (2, "weight", "Dans cette clé ce lot a pour poids 600.")),
    (KeyWeight, "building;key;unit;weight\nT1;SUB;L9;1\n", (2, "unit", "« L9 » n’existe pas ici.")),
    (BankAccount, "building;iban;kind\nT1;BE68539007547035;current\n", (2, "iban", "Cet IBAN n'est pas valable")),
    (Owner, "code;kind;name;language\nP1;person;85.07.30-033.28;fr\n", (2, "name", "Ce texte contient un numéro")),
    (Supplier, "name\n---\n", (2, "name", "Écrivez le nom du fournisseur.")),
    (Owner, "code;name\nP1;Dubois\n", (2, "kind", "Ce champ")),
]


@pytest.mark.parametrize(("model", "text", "told"), WRONG)
def test_what_is_wrong_is_told_by_row_and_column(
    inside: Client, office: Membership, model: Any, text: str, told: tuple[int, str, str]
) -> None:
    building = building_with_lots(office.organization, [600, 400], reference="T1")
    KeyFactory(building=building, code="SUB", kind="subset")
    found = said(preview(inside, model, text))
    assert any((row, column) == told[:2] and sentence.startswith(told[2]) for row, column, sentence in found), found


def test_lots_change_places_in_one_file(inside: Client, office: Membership) -> None:
    building_with_lots(office.organization, [600, 400], reference="T1")
    bring_in(inside, Unit, "building;number;position\nT1;L1;2\nT1;L2;1\n")
    see(office)
    assert list(Unit.objects.order_by("position").values_list("number", flat=True)) == ["L2", "L1"]


def test_a_supplier_is_found_whatever_the_capitals(inside: Client, office: Membership) -> None:
    SupplierFactory(organization=office.organization, name="Ardenne Énergie")
    page = preview(inside, Supplier, "name;email\nARDENNE energie;a@example.be\n")
    assert page.context["counts"] == {"new": 0, "changed": 1, "same": 0}


# --- Files that are none ---
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\n", "Ce fichier est vide"),
        (b"PK\x03\x04nonsense", "classeur"),
        (b"code;code\nP1;P1\n", "Ces colonnes se répètent : code."),
        (b"name\nDubois\n", "Ces colonnes manquent : code."),
        (b"code;name\nP1;a;b\n", "Ligne 2 : il y a plus de cellules que de colonnes."),
        (b"code;name\nP1;a\x00b\n", "Ligne 2 :"),
        (b'code;name\n"' + b"x" * 200_000, "CSV lisible"),
        (b"code\n" + b"P1\n" * 2_001, "plus de 2000 lignes"),
        (b"x;" * 60, "plus de 50 colonnes"),
    ],
)
def test_a_file_that_is_no_table_gets_a_sentence(inside: Client, content: bytes, sentence: str) -> None:
    assert sentence in messages_of(preview(inside, Owner, content))


def test_a_preview_that_the_form_could_not_carry_gets_a_sentence(
    inside: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staff_tables, "LARGEST_PREVIEW", 100)
    assert "trop grand" in messages_of(preview(inside, Building, NEW_BUILDING))


def test_a_file_from_an_old_spreadsheet_keeps_its_accents(inside: Client, office: Membership) -> None:
    bring_in(inside, Owner, "code;kind;name;language\nP1;person;Éloïse;fr\n")
    page = preview(inside, Owner, "code;name\nP1;Hélène\n".encode("cp1252"))
    assert ("Éloïse", "Hélène") in page.context["rows"][0][2]


def test_a_preview_asks_as_much_for_more_rows(inside: Client, office: Membership) -> None:
    building_with_lots(office.organization, [100] * 8, reference="T1")
    counts = []
    for most in (1, 8):
        text = "building;number;kind\n" + "".join(f"T1;L{number};apartment\n" for number in range(1, most + 1))
        with CaptureQueriesContext(connection) as captured:
            assert preview(inside, Unit, text).context["counts"]["same"] == most
        counts.append(len([each for each in captured.captured_queries if "SAVEPOINT" not in each["sql"]]))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("view", ["export", "import", "changelist"])
def test_the_pages_have_no_inline_script_or_style(inside: Client, office: Membership, view: str) -> None:
    pages = [inside.get(address(Owner, view)).content.decode()]
    if view == "import":
        pages += [preview(inside, Owner, text).content.decode() for text in (
            "code;kind;name;language\nP1;person;Dubois;fr\n", "code\nP9\n"
        )]  # fmt: skip
    for page in pages:
        assert not any(each in page for each in ("<style", " style=", "<script>", " onclick=")), page


def test_a_column_that_people_name_as_formulas_survives_both_ways() -> None:
    for text in ("=1+1", "'=1+1", "''-x", "'x", "-5", "@a"):
        content = tables.write_table("csv", "T", ["a"], [[text]])
        assert tables.read_table(content).rows == [(2, [text])]
