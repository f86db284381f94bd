"""A former owner, with all that is personal about them."""

from datetime import date
from typing import Any

from apps.accounts.models import Membership
from apps.owners.models import Holding, Owner
from apps.units.models import Unit
from tests.factories import OwnerFactory, building_with_lots, hold

PERSON = {
    "salutation": "Madame", "first_name": "Zénobie", "name": "Vandermeersch", "email": "zenobie@example.be",
    "phone": "0475 99 88 77", "street": "Rue Cachée 7", "postcode": "BX-77421", "city": "Bressoux",
    "iban": "BE68539007547034", "enterprise_number": "0999900150",
}  # fmt: skip


def person(office: Membership, **fields: Any) -> Owner:
    return OwnerFactory(organization=office.organization, code="Z-9", **PERSON | fields)


def former_owner(office: Membership, until: date) -> Owner:
    """Half of L1 was theirs until that day (excluded), the other half and the rest somebody else's."""
    owner, building = person(office), building_with_lots(office.organization, [601, 399])
    unit = Unit.objects.get(building=building, number="L1")
    [first] = Holding.objects.filter(unit=unit)
    other = first.holder.members.get().owner
    Holding.objects.filter(pk=first.pk).update(starts_on=until)
    Holding.objects.exclude(pk=first.pk).update(starts_on=date(2010, 1, 1))
    hold(unit, (owner, "full", "1/2"), (other, "full", "1/2"), starts_on=date(2010, 1, 1), ends_on=until)
    return owner
