"""Upload → preview → confirm in the browser, and files that are no workbook."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses.models import Expense
from apps.takeover import services
from apps.takeover.models import Takeover
from koprogo.context import working_as
from tests.factories import MembershipFactory, sign_in
from tests.takeover.files import FAULTY_FILE, REFERENCE_FILES, sound, workbook

TILLEULS = (REFERENCE_FILES / "les-tilleuls.xlsx").read_bytes()


@pytest.fixture(autouse=True)
def _files_aside(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def upload(client: Client, content: bytes, name: str = "reprise.xlsx") -> Any:
    return client.post("/takeover/", {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_nothing_is_written_before_it_is_confirmed(office: Membership) -> None:
    client = sign_in(office)
    page = upload(client, TILLEULS).content.decode()
    assert "Le classeur est sans faute." in page
    assert not Building.objects.exists()
    takeover = Takeover.objects.get()
    client.post(f"/takeover/{takeover.pk}/confirm/", {"approve": "on"})
    assert Building.objects.get().reference == "TIL"
    assert set(Expense.objects.values_list("status", flat=True)) == {"approved"}


def test_the_same_file_again_says_that_there_is_nothing_to_do(office: Membership) -> None:
    client = sign_in(office)
    upload(client, TILLEULS)
    client.post(f"/takeover/{Takeover.objects.get().pk}/confirm/", {"approve": "on"})
    page = upload(client, TILLEULS).content.decode()
    assert "rien à reprendre" in page
    assert "Confirmer la reprise" not in page


def test_confirming_twice_writes_once(office: Membership) -> None:
    client = sign_in(office)
    upload(client, TILLEULS)
    path = f"/takeover/{Takeover.objects.get().pk}/confirm/"
    client.post(path)
    page = client.post(path, follow=True).content.decode()
    assert "déjà confirmée" in page
    assert AuditEvent.objects.filter(action="imported").count() == 1


def test_every_fault_is_shown_at_once_and_cannot_be_confirmed(office: Membership) -> None:
    client = sign_in(office)
    page = upload(client, FAULTY_FILE.read_bytes()).content.decode()
    for place in ("Immeubles!G2", "Lots!F10", "Propriétés!G6", "Clés", "Poids!C13", "Dépenses!D5"):
        assert place in page, place
    assert "16 fautes sont à corriger" in page
    takeover = Takeover.objects.get()
    client.post(f"/takeover/{takeover.pk}/confirm/")
    assert not Building.objects.exists()


@pytest.mark.parametrize("content", [b"not a workbook", b"PK\x03\x04 broken", TILLEULS[:5000]])
def test_a_file_that_is_no_workbook_gets_one_sentence(office: Membership, content: bytes) -> None:
    page = upload(sign_in(office), content)
    assert page.status_code == 200
    assert "Ce fichier ne peut pas être repris." in page.content.decode()


def test_an_empty_file_is_refused_beside_the_field(office: Membership) -> None:
    page = upload(sign_in(office), b"")
    assert page.status_code == 422
    assert "Ce fichier est vide" in page.content.decode()


def test_script_in_a_cell_stays_text(office: Membership) -> None:
    rows = sound()
    rows["Lots"][1][2] = "<script>alert(1)</script>"
    page = upload(sign_in(office), workbook(rows).read(), "<script>x.xlsx").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_approval_needs_the_right_to_approve(office: Membership) -> None:
    """Who may import but not approve cannot approve by adding the tick to the form."""
    assistant = MembershipFactory(organization=office.organization, role=Role.ASSISTANT)
    assert sign_in(assistant).get("/takeover/").status_code == 403


def test_what_changed_meanwhile_is_checked_again(office: Membership) -> None:
    client = sign_in(office)
    upload(client, workbook(sound()).read())
    rows = sound()
    rows["Copropriétaires"][1][4] = "Quelqu'un d'autre"
    services.import_file(
        office.organization, workbook(rows), name="y.xlsx", approve=False, settled_by_predecessor=True, by=None
    )
    page = client.post(f"/takeover/{Takeover.objects.get().pk}/confirm/", follow=True).content.decode()
    assert "Entre-temps, des données ont changé" in page
    assert "Ce code est déjà celui de" in page


def test_the_template_is_a_workbook_with_all_sheets(office: Membership) -> None:
    book = load_workbook(BytesIO(sign_in(office).get("/takeover/template.xlsx").content))
    assert {"Immeubles", "Lots", "Copropriétaires", "Propriétés", "Clés", "Poids", "Dépenses"} <= set(book.sheetnames)


def test_a_neighbour_finds_no_takeover_of_ours(office: Membership) -> None:
    upload(sign_in(office), TILLEULS)
    takeover = Takeover.objects.get()
    neighbour = sign_in(MembershipFactory())
    assert neighbour.get(f"/takeover/{takeover.pk}/").status_code == 404
    assert neighbour.post(f"/takeover/{takeover.pk}/confirm/").status_code == 404
    with working_as(organization_id=office.organization_id, actor="test"):
        assert Takeover.objects.get().status == "checked"
