"""Writing suppliers."""

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import Organization
from apps.expenses.models import Supplier


def create_supplier(*, organization: Organization, identity: Mapping[str, Any]) -> Supplier:
    return Supplier.objects.create(organization=organization, **identity)


def update_supplier(*, supplier: Supplier, identity: Mapping[str, Any]) -> None:
    for name, value in identity.items():
        setattr(supplier, name, value)
    supplier.save(update_fields=[*identity])
