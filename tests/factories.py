"""Rows with boring defaults. Tenant rows are made inside a context (fixture `office`, koprogo.context.working_as)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.test import Client
from factory.django import DjangoModelFactory

from apps.accounts.models import Membership, Organization, User
from apps.accounts.permissions import Role
from apps.buildings.models import Building
from apps.expenses.models import Expense, ExpenseLine, Supplier
from apps.owners.models import Holding, Owner
from apps.owners.services import find_or_create_holder
from apps.units.models import DistributionKey, KeyWeight, Reading, Unit
from koprogo.context import current, enter, working_as

PASSWORD = "correct horse battery"
HASHED = cache(lambda: make_password(PASSWORD))  # a tenth of a second by design: once, not for each test
NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = Organization

    name = factory.Sequence(lambda n: f"Syndic {n}")
    slug = factory.Sequence(lambda n: f"syndic-{n}")


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"user{n}@example.be")
    name = factory.Sequence(lambda n: f"Personne {n}")
    password = factory.LazyFunction(HASHED)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = Role.MANAGER

    @classmethod
    def _create(cls, model_class: type[Membership], *args: Any, **kwargs: Any) -> Membership:
        """Inside its organization, as any membership begins: the audit refuses events for another."""
        with working_as(organization_id=kwargs["organization"].pk, actor="test"):
            return super()._create(model_class, *args, **kwargs)


class BuildingFactory(DjangoModelFactory):
    class Meta:
        model = Building

    reference = factory.Sequence(lambda n: f"B{n}")
    name = factory.Sequence(lambda n: f"Résidence {n}")
    street = "Rue Neuve 1"
    postcode = "1000"
    city = "Bruxelles"
    total_shares = 1000


class UnitFactory(DjangoModelFactory):
    class Meta:
        model = Unit

    organization = factory.SelfAttribute("building.organization")
    number = factory.Sequence(lambda n: f"L{n}")
    kind = "apartment"
    share = 1000
    position = factory.Sequence(lambda n: 1000 + n)  # behind those of building_with_lots


class KeyFactory(DjangoModelFactory):
    class Meta:
        model = DistributionKey

    organization = factory.SelfAttribute("building.organization")
    code = factory.Sequence(lambda n: f"K{n}")
    name = "Quotités générales"
    kind = "shares"


class OwnerFactory(DjangoModelFactory):
    class Meta:
        model = Owner

    code = factory.Sequence(lambda n: f"O{n:04}")
    kind = "person"
    first_name = "Claire"
    name = factory.Sequence(lambda n: f"Dubois {n}")
    language = "fr"


class SupplierFactory(DjangoModelFactory):
    class Meta:
        model = Supplier

    name = factory.Sequence(lambda n: f"Fournisseur {n} SRL")


def hold(
    unit: Unit, *members: tuple[Owner, str, Any], starts_on: date = date(2019, 1, 1), ends_on: date | None = None
) -> Holding:
    """`hold(unit, (owner, "full", 1))`: these owners hold the lot."""
    holder = find_or_create_holder(
        building=unit.building, members=[(owner, right, Fraction(fraction)) for owner, right, fraction in members]
    )
    return Holding.objects.create(
        organization=unit.organization, building=unit.building, unit=unit, holder=holder, starts_on=starts_on,
        ends_on=ends_on,
    )  # fmt: skip


def building_with_lots(organization: Organization, shares: list[int], **fields: Any) -> Building:
    """A building whose lots L1, L2 … have these shares, each held by an owner of its own, with the key GEN."""
    building = BuildingFactory(organization=organization, total_shares=sum(shares), **fields)
    for i, share in enumerate(shares, start=1):
        unit = UnitFactory(building=building, number=f"L{i}", share=share, position=i)
        hold(unit, (OwnerFactory(organization=organization, code=f"{building.reference}-{i:02}"), "full", 1))
    KeyFactory(building=building, code="GEN")
    return building


def weigh(key: DistributionKey, weights: dict[str, Any]) -> None:
    """Give the lots with these numbers these weights."""
    for unit in Unit.objects.filter(building=key.building, number__in=weights):
        KeyWeight.objects.create(
            organization=key.organization, building=key.building, key=key, unit=unit, weight=weights[unit.number]
        )


def read_meter(building: Building, *quantities: Any) -> DistributionKey:
    """A consumption key whose meters were read for the year 2025; without quantities each lot used 1."""
    key = KeyFactory(building=building, kind="consumption")
    units = list(Unit.objects.filter(building=building).order_by("position"))
    for unit, quantity in zip(units, quantities or [1] * len(units), strict=True):
        Reading.objects.create(
            organization=key.organization, building=building, key=key, unit=unit, quantity=quantity,
            starts_on=date(2025, 1, 1), ends_on=date(2026, 1, 1),
        )  # fmt: skip
    return key


@transaction.atomic  # head and lines are one sum
def expense_of(building: Building, gross: str = "1240.02", **fields: Any) -> Expense:
    """A submitted invoice of one line over the key GEN, for the year 2025; `line_…` fields go to the line."""
    line = {name.removeprefix("line_"): fields.pop(name) for name in list(fields) if name.startswith("line_")}
    organization = building.organization
    expense = Expense.objects.create(**{
        "organization": organization, "building": building, "amount": Decimal(gross), "date": date(2025, 6, 30),
        "number": f"F-{Expense.objects.count() + 1}", "description": "Nettoyage", "status": Expense.Status.SUBMITTED,
        "supplier": fields.pop("supplier", None) or SupplierFactory(organization=organization),
    } | fields)  # fmt: skip
    key = None if "unit" in line else DistributionKey.objects.filter(building=building, code="GEN").first()
    ExpenseLine.objects.create(**{
        "organization": organization, "building": building, "expense": expense, "description": expense.description,
        "account": "6105", "key": key, "net": Decimal(gross), "vat_rate": 0, "vat": 0, "gross": Decimal(gross),
        "period_start": date(2025, 1, 1), "period_end": date(2026, 1, 1), "day_rule": "days",
    } | line)  # fmt: skip
    return expense


def sign_in(membership: Membership) -> Client:
    """A browser in which this member has signed in and entered the organization."""
    client, before = Client(), current()
    client.force_login(membership.user)
    session = client.session
    session["organization"] = membership.organization_id
    session.save()
    enter(before)  # reading the session has set its context on this connection
    return client
