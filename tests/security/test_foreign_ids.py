"""Each place where a form names something by its id, once with ours and once with the neighbour's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.expenses.models import Expense
from apps.units.models import DistributionKey
from koprogo.context import working_as
from tests.accounts.clients import client_of, colleague
from tests.factories import MembershipFactory
from tests.one_of_each import one_of_each
from tests.security.forms import forms_of
from tests.test_urls import path_of

Ids = dict[str, int]
INVOICE = {
    "supplier": "Fournisseur", "number": "F1", "date": "2025-02-01", "due_on": "", "description": "Contrat",
    "line": "0", "0-description": "Contrat", "0-account": "6120", "0-net": "", "0-vat_rate": "6", "0-vat": "",
    "0-gross": "1.060,00", "0-first": "2025-01-01", "0-last": "2025-12-31", "0-day_rule": "days",
    "0-reference_on": "", "0-tenant_percent": "", "total": "", "do": "save",
}  # fmt: skip
LOT = {"number": "Z9", "kind": "apartment", "share": "0", "area": "", "floor": ""}

# address, what is sent (ours everywhere, but for `named`), the kinds of which a neighbour's is named
PLACES: dict[str, tuple[str, Callable[[Ids, Ids], dict[str, Any]], set[str]]] = {
    "the buildings of a reader": (
        "buildings:access", lambda ids, named: {"buildings": [named["building"]]}, {"building"}),
    "the place of a new lot": (
        "buildings:new_unit", lambda ids, named: {**LOT, "before": named["unit"]}, {"unit"}),
    "the building of an invoice": (
        "expenses:create",
        lambda ids, named: {**INVOICE, "building": named["building"], "0-target": f"k{ids['shares']}"}, {"building"}),
    "the key of a line": (
        "expenses:create",
        lambda ids, named: {**INVOICE, "building": ids["building"], "0-target": f"k{named['shares']}"}, {"shares"}),
    "the private lot of a line": (
        "expenses:create",
        lambda ids, named: {**INVOICE, "building": ids["building"], "0-target": f"u{named['unit']}"}, {"unit"}),
    "the ticked invoices": (
        "expenses:submit_ticked", lambda ids, named: {"expense": [f"{named['expense']}:"]}, {"expense"}),
    "the owner that a member is": (
        "owners:access", lambda ids, named: {"owner": named["owner"], "step": "link"}, {"owner"}),
    "the lots of a grid": (
        "buildings:weights", lambda ids, named: {f"key{ids['key']}-{named['unit']}": "5"}, {"unit"}),
    "the key of a grid": (
        "buildings:weights", lambda ids, named: {f"key{named['key']}-{ids['unit']}": "5"}, {"key"}),
}  # fmt: skip
# What names no field of the form is not looked at, and so leaves nothing.
UNSEEN = {"the lots of a grid", "the key of a grid"}
MEMBERS = {"buildings:access": "reader", "owners:access": "co_owner"}  # whom these addresses are about


@pytest.fixture
def worlds(office: Membership, tmp_path: Path, settings: Any) -> tuple[Ids, Ids]:
    """Ours and the neighbour's; of one kind no id stands in both."""
    settings.MEDIA_ROOT = tmp_path
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor=neighbour.user_id):
        foreign = _ids(neighbour)
    return _ids(office), foreign


def _ids(office: Membership) -> Ids:
    ids = one_of_each(office)
    Expense.objects.update(status="draft")
    shares = DistributionKey.objects.get(building=ids["building"], kind="shares")
    member = colleague(office, Role.OWNER)
    others = {"co_owner": member.pk, "reader": colleague(office, Role.READER).pk, "office": office.organization_id}
    return ids | {"shares": shares.pk} | others


def written(*offices: int) -> int:
    """How many rows were written, by what the audit says."""
    count = 0
    for office in offices:
        with working_as(organization_id=office, actor=""):
            count += AuditEvent.objects.filter(action__in=["insert", "update", "delete"]).count()
    return count


@pytest.mark.parametrize("place", PLACES)
def test_what_is_ours_is_taken_and_what_is_the_neighbours_is_not(
    office: Membership, worlds: tuple[Ids, Ids], place: str
) -> None:
    mine, foreign = worlds
    offices = mine["office"], foreign["office"]
    name, build, kinds = PLACES[place]
    path = path_of(name, mine | {"membership": mine[MEMBERS[name]]} if name in MEMBERS else mine)
    for named, is_ours in ((mine | {kind: foreign[kind] for kind in kinds}, False), (mine, True)):
        client, before = client_of(office), written(*offices)
        answer = client.post(path, {"seen": _seen(client, path), **build(mine, named)})
        assert answer.status_code in ({302} if is_ours else {302, 404, 422})
        assert (written(*offices) > before) is is_ours
        with working_as(organization_id=mine["office"], actor=""):
            assert AuditEvent.objects.filter(action="refused").count() == (place not in UNSEEN), place


def _seen(client: Client, path: str) -> str:
    """What a form that edits carries along."""
    forms = forms_of(client.get(path).content.decode(), path)
    return next((form.values["seen"][0] for form in forms if "seen" in form.values), "")


MIXED = ["expenses:attachment", "expenses:remove_attachment"]


@pytest.mark.parametrize("name", MIXED)
def test_an_address_does_not_mix_what_is_ours_with_what_is_theirs(
    office: Membership, worlds: tuple[Ids, Ids], name: str
) -> None:
    mine, foreign = worlds
    offices = mine["office"], foreign["office"]
    client, before = client_of(office), written(*offices)
    for ids in (mine | {"attachment": foreign["attachment"]}, mine | {"expense": foreign["expense"]}):
        assert client.get(path_of(name, ids)).status_code in {404, 405}
        assert client.post(path_of(name, ids)).status_code in {404, 405}
    assert written(*offices) == before
