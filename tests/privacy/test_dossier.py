"""The copy of their data: complete, the same sums as the charges, and each download recorded."""

import json
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.documents.models import Document
from apps.expenses import services as expenses
from apps.expenses.basis import Basis, LotWithoutHolder
from apps.expenses.charges import load_charges
from apps.expenses.models import Attachment
from apps.owners.models import OpeningBalance, Owner
from apps.owners.services import link_owner, update_owner
from apps.privacy.dossier import IDENTITY, load_dossier
from apps.privacy.services import log_request
from tests.accounts.clients import client_of, colleague
from tests.factories import NOON, expense_of
from tests.privacy.people import PERSON, former_owner

TODAY = date(2026, 1, 15)


@pytest.fixture
def owner(office: Membership) -> Owner:
    """With a part of an approved invoice and its paper, an account, a request and a past."""
    owner = former_owner(office, date(2014, 7, 1))
    building = Building.objects.get()
    year = {"line_period_start": date(2014, 1, 1), "line_period_end": date(2015, 1, 1)}
    expense = expense_of(building, "1000.03", date=date(2014, 6, 30), **year)
    expenses.approve_expense(expense=expense, by=office.user, on=TODAY)
    document = Document.objects.create(
        organization=office.organization, name="nettoyage-2014.pdf", path="x", sha256="", size=1, uploaded_at=NOON
    )
    Attachment.objects.create(organization=office.organization, expense=expense, document=document)
    OpeningBalance.objects.create(
        organization=office.organization, building=building, holder=owner.memberships.get().holder, kind="current",
        amount="12.50", on=TODAY,
    )  # fmt: skip
    member = colleague(office, Role.OWNER)
    link_owner(membership=member, owner=owner)
    log_request(owner=owner, kind="access", received_on=TODAY, note="Une copie de tout")
    update_owner(owner=owner, identity={"phone": "0499 00 00 00"})
    return owner


def test_its_charges_are_those_of_the_building(office: Membership, owner: Owner) -> None:
    found = load_charges(Building.objects.get(), date(2000, 1, 1), date(2030, 1, 1))
    [total] = [each.total for each in found.owners if each.member.owner_id == owner.pk]
    assert total > 0
    assert load_dossier(owner, NOON).charges_total == total


def test_the_file_holds_everything(office: Membership, owner: Owner) -> None:
    answer = client_of(office).get(f"/privacy/owners/{owner.pk}/export.json")
    data = json.loads(answer.content)
    assert answer["Content-Disposition"] == 'attachment; filename="donnees-personnelles-z-9.json"'
    assert set(data["identity"]) == set(IDENTITY)
    assert {name: data["identity"][name] for name in PERSON} == PERSON | {"phone": "0499 00 00 00"}
    [lot] = data["lots"]
    assert (lot["number"], lot["right"], lot["starts_on"], lot["ends_on"]) == ("L1", "full", "2010-01-01", "2014-07-01")
    assert data["opening_balances"][0]["amount"] == "12.50"
    assert [each["name"] for each in data["documents"]] == ["nettoyage-2014.pdf"]
    assert data["requests"][0]["note"] == "Une copie de tout"
    assert len(data["accesses"]) == len(data["charges"]) == 1
    assert data["events"][0]["action"] == "exported"  # this very download
    assert data["events"][0]["by"] == office.user.name
    phones = [event["values"]["phone"] for event in data["events"] if "phone" in event["values"]]
    assert phones == [["0475 99 88 77", "0499 00 00 00"], [None, "0475 99 88 77"]]


def test_every_field_of_a_card_is_in_the_copy() -> None:
    """A column that somebody adds to the card is added to the copy."""
    own = {field.name for field in Owner._meta.concrete_fields}
    assert own - set(IDENTITY) == {"id", "organization", "search"}


def test_the_paper_says_the_same(office: Membership, owner: Owner) -> None:
    answer = client_of(office).get(f"/privacy/owners/{owner.pk}/export.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    for told in ["Zénobie Vandermeersch", "zenobie@example.be", "BE68539007547034", "0999.900.150", "12,50",
                 "nettoyage-2014.pdf", "Accès et copie"]:  # fmt: skip
        assert told in text, told
    assert AuditEvent.objects.filter(action="exported", table="owners_owner", object_id=owner.pk).count() == 1


def test_markup_in_a_name_stays_text(office: Membership, owner: Owner) -> None:
    update_owner(owner=owner, identity={"name": "<script>alert(1)</script>"})
    client = client_of(office)
    for address in [f"/privacy/owners/{owner.pk}/", f"/privacy/owners/{owner.pk}/erase/", "/privacy/"]:
        assert "<script>alert" not in client.get(address).content.decode()
    client.get(f"/privacy/owners/{owner.pk}/export.pdf")


def test_a_lot_without_holder_is_told_and_stops_nothing(office: Membership, owner: Owner, monkeypatch: Any) -> None:
    def nobody(basis: Basis, unit_id: int, *arguments: Any) -> None:
        raise LotWithoutHolder(basis.unit_by_id[unit_id], TODAY, TODAY)

    monkeypatch.setattr(Basis, "holders_of", nobody)
    [charge] = load_dossier(owner, NOON).charges
    assert charge.amount is None
