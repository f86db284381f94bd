"""Erasure as anonymisation: what goes, what stays to the cent, what stands in its way."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction

from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent, PersonalValue
from apps.buildings.models import Building
from apps.expenses import services as expenses
from apps.expenses.charges import load_charges
from apps.owners.models import Holding, Owner, OwnerAccess
from apps.owners.services import link_owner, update_owner
from apps.privacy import services
from apps.privacy.models import LegalHold
from apps.privacy.queries import standing_of
from koprogo.context import working_as
from tests.accounts.clients import client_of, colleague
from tests.factories import MembershipFactory, OwnerFactory, building_with_lots, expense_of
from tests.privacy.people import PERSON, former_owner, person

TODAY = date(2026, 1, 15)
LONG_AGO = date(2014, 7, 1)
ANY_DAY = (date(2000, 1, 1), date(2030, 1, 1))


def charged(building: Building) -> tuple[Any, ...]:
    """Sums of each owner, lot and holder, and every part."""
    found = load_charges(building, *ANY_DAY)
    return (
        found.total,
        [(each.member.owner_id, each.member.code, each.total) for each in found.owners],
        [(each.unit.pk, [holder.id for holder in each.holders], each.total) for each in found.lots],
        [(each.line.pk, each.unit.pk, each.holder.id, each.part.span, each.amount) for each in found.details],
    )


def everything_stored() -> str:
    """Every row of every table of the organization, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%user%'")
        texts = []
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, '|'), '') FROM {table} t")
            texts.append(cursor.fetchone()[0])
    return "\n".join(texts).lower()


def test_sums_are_the_same_to_the_cent_and_the_person_is_nowhere(office: Membership) -> None:
    owner = former_owner(office, LONG_AGO)
    building = Building.objects.get()
    year = {"line_period_start": date(2014, 1, 1), "line_period_end": date(2015, 1, 1)}
    for amount in ("100.01", "33.35", "-7.77"):
        expense = expense_of(building, amount, date=date(2014, 6, 30), **year)
        expenses.approve_expense(expense=expense, by=office.user, on=TODAY)
    update_owner(owner=owner, identity={"phone": "0475 11 22 33"})
    services.log_request(owner=owner, kind="erasure", received_on=TODAY, note="Vandermeersch demande tout")
    before, holdings = charged(building), list(Holding.objects.order_by("id").values())
    assert owner.pk in [owner_id for owner_id, _code, _total in before[1]]

    services.erase_owner(owner=owner, reason="Demande fondée", on=TODAY)

    assert charged(building) == before
    assert list(Holding.objects.order_by("id").values()) == holdings
    owner.refresh_from_db()
    assert (owner.full_name, owner.erased_on, owner.archived_on) == (f"Copropriétaire n° {owner.pk}", TODAY, TODAY)
    stored = everything_stored()
    for value in [*PERSON.values(), "0475 11 22 33", "zenobie", "demande tout"]:
        assert value.lower() not in stored, value


def test_events_and_pseudonym_stay_in_the_journal(office: Membership) -> None:
    owner = former_owner(office, LONG_AGO)
    before = AuditEvent.objects.count()
    services.erase_owner(owner=owner, reason="Demande fondée", on=TODAY)
    assert PersonalValue.objects.filter(table="owners_owner", object_id=owner.pk, value__isnull=False).count() == 1
    told = list(AuditEvent.objects.order_by("id")[before:].values_list("action", "reason"))
    assert told == [("update", ""), ("values_erased", ""), ("owner_erased", "Demande fondée")]
    page = client_of(office).get(f"/history/owners_owner/{owner.pk}/").content.decode()
    assert "(effacé)" in page
    assert "Vandermeersch" not in page


def test_whoever_holds_a_lot_is_not_erased(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    [owner] = Owner.objects.filter(memberships__holder__building=building)
    assert standing_of(owner, TODAY).lot == "L1"
    with pytest.raises(services.MayNotBeErased):
        services.erase_owner(owner=owner, reason="x", on=TODAY)


def test_retention_runs_ten_years_from_the_last_lot(office: Membership) -> None:
    owner = former_owner(office, date(2016, 1, 16))
    standing = standing_of(owner, TODAY)
    assert (standing.last_held_on, standing.kept_until) == (date(2016, 1, 15), date(2026, 1, 16))
    with pytest.raises(services.MayNotBeErased):
        services.erase_owner(owner=owner, reason="x", on=TODAY)
    services.erase_owner(owner=owner, reason="x", on=TODAY + timedelta(days=1))


def test_whoever_never_held_a_lot_is_erased_at_once(office: Membership) -> None:
    assert standing_of(person(office), TODAY).may_be_erased


def test_a_holder_loses_contact_but_neither_name_nor_address(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    [owner] = Owner.objects.filter(memberships__holder__building=building)
    update_owner(owner=owner, identity=PERSON)
    services.erase_contact(owner=owner, reason="Ne veut plus être appelée", on=TODAY)
    owner.refresh_from_db()
    assert (owner.name, owner.street, owner.email, owner.phone, owner.iban) == (
        "Vandermeersch", "Rue Cachée 7", "", "", "",
    )  # fmt: skip
    kept = set(
        PersonalValue.objects.filter(table="owners_owner", object_id=owner.pk, value__isnull=False).values_list(
            "field", flat=True
        )
    )
    assert {"name", "street"} <= kept
    assert not kept & {"email", "phone", "iban"}


@pytest.mark.parametrize("place", ["owner", "building"])
def test_a_legal_hold_overrides(office: Membership, place: str) -> None:
    owner = former_owner(office, LONG_AGO)
    held = services.place_hold(on_what=owner if place == "owner" else Building.objects.get(), reason="Litige", on=TODAY)
    for step in (services.erase_owner, services.erase_contact):
        with pytest.raises(services.MayNotBeErased):
            step(owner=owner, reason="x", on=TODAY)
    services.lift_hold(hold=held, on=TODAY)
    services.erase_owner(owner=owner, reason="x", on=TODAY)


def test_one_hold_at_a_time(office: Membership) -> None:
    owner = person(office)
    services.place_hold(on_what=owner, reason="Litige", on=TODAY)
    with pytest.raises(services.AlreadyHeld):
        services.place_hold(on_what=owner, reason="Encore", on=TODAY)
    with pytest.raises(IntegrityError, match="one_legal_hold_per_owner"), transaction.atomic():
        LegalHold.objects.create(organization=office.organization, owner=owner, reason="Encore", placed_on=TODAY)


def test_their_access_ends_unless_it_serves_another_owner(office: Membership) -> None:
    owner, other = person(office), OwnerFactory(organization=office.organization)
    alone, both = colleague(office, Role.OWNER), colleague(office, Role.OWNER)
    for member, linked in [(alone, owner), (both, owner), (both, other)]:
        link_owner(membership=member, owner=linked)
    services.erase_owner(owner=owner, reason="x", on=TODAY)
    alone.refresh_from_db()
    both.refresh_from_db()
    assert (alone.is_active, both.is_active) == (False, True)
    assert list(OwnerAccess.objects.values_list("membership", "owner")) == [(both.pk, other.pk)]


def test_nothing_personal_comes_back_onto_an_erased_card(office: Membership) -> None:
    owner = person(office)
    services.erase_owner(owner=owner, reason="x", on=TODAY)
    owner.refresh_from_db()
    with pytest.raises(IntegrityError, match="erased_owner_keeps_nothing_personal"), transaction.atomic():
        update_owner(owner=owner, identity={"email": "zenobie@example.be"})
    with pytest.raises(services.MayNotBeErased):
        services.erase_owner(owner=owner, reason="x", on=TODAY)


# --- The function that empties what the audit kept ---
FORGET = "SELECT forget_personal_values(%s, %s, %s)"


def test_what_a_card_still_carries_is_not_forgotten(office: Membership) -> None:
    owner = person(office)
    with connection.cursor() as cursor:
        cursor.execute(FORGET, ["owners_owner", owner.pk, ["name", "email"]])
        assert cursor.fetchone() == (0,)
    assert AuditEvent.objects.latest("id").action == "values_erased"  # each use leaves a trace
    assert PersonalValue.objects.filter(value="Vandermeersch").exists()


def test_nothing_of_another_organization_or_another_table_is_forgotten(office: Membership) -> None:
    neighbour = MembershipFactory()
    with working_as(organization_id=neighbour.organization_id, actor="test"):
        theirs = person(neighbour)
    for table, pk in [("owners_owner", theirs.pk), ("accounts_user", office.user_id), ("expenses_supplier", 1)]:
        with pytest.raises(Error) as refusal, transaction.atomic():
            connection.cursor().execute(FORGET, [table, pk, ["name"]])
        assert refusal.value.__cause__.sqlstate == "42501"


# --- The pages ---
def test_the_page_says_what_goes_and_asks_for_reason_and_certainty(office: Membership) -> None:
    owner = former_owner(office, LONG_AGO)
    client, address = client_of(office), f"/privacy/owners/{owner.pk}/erase/"
    page = client.get(address).content.decode()
    for text in [
        f"Copropriétaire n° {owner.pk}",
        "Les documents établis avant ce jour",
        "Le code Z-9",
        "Effacer définitivement",
    ]:
        assert text in page
    assert client.post(address, {"extent": "whole", "reason": "Demande"}).status_code == 422
    assert client.post(address, {"extent": "whole", "sure": "on"}).status_code == 422
    assert not Owner.objects.get(pk=owner.pk).is_erased
    assert client.post(address, {"extent": "whole", "sure": "on", "reason": "Demande"}).status_code == 302
    assert Owner.objects.get(pk=owner.pk).is_erased
    assert "Nom et coordonnées effacés le" in client.get(f"/owners/{owner.pk}/").content.decode()


def test_a_whole_erasure_that_is_tampered_with_is_refused(office: Membership) -> None:
    building = building_with_lots(office.organization, [1000])
    [owner] = Owner.objects.filter(memberships__holder__building=building)
    form = {"extent": "whole", "sure": "on", "reason": "Demande"}
    page = client_of(office).post(f"/privacy/owners/{owner.pk}/erase/", form, follow=True).content.decode()
    assert "Rien n’est effacé" in page
    assert "lot L1" in page
    assert not Owner.objects.get(pk=owner.pk).is_erased
