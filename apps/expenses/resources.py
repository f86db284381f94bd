"""Suppliers as a file, for staff."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export.fields import Field
from tablib import Dataset

from apps.accounts.resources import TenantResource, Typed
from apps.expenses.models import Supplier
from apps.expenses.supplier_forms import REFUSALS, SupplierForm
from koprogo.search import normalise


def _typed(name: str) -> Field:
    return Field(name, name, Typed(SupplierForm.base_fields[name]))


class SupplierResource(TenantResource):
    """Case, accents and spaces do not make another supplier (WORKBOOK.md, "Identity")."""

    names = ["name"]
    refusals = REFUSALS

    name = _typed("name")
    enterprise_number = _typed("enterprise_number")
    iban = _typed("iban")
    email = _typed("email")
    phone = _typed("phone")

    class Meta:
        model = Supplier

    def stored(self, dataset: Dataset) -> Iterable[Supplier]:
        wanted = {_key(name) for name in dataset["name"]}
        return Supplier.objects.for_organization(self.organization).filter(key__in=wanted)

    def name_of(self, instance: Supplier) -> tuple[str, ...]:
        return (instance.key,)

    def name_in(self, row: Mapping[str, str]) -> tuple[str, ...] | None:
        return (_key(row["name"]),) if row["name"] else None

    def check(self, instance: Any) -> None:
        if not any(character.isalnum() for character in instance.name):
            raise ValidationError({"name": _("Écrivez le nom du fournisseur.")})


def _key(name: str) -> str:
    return normalise(name).replace(" ", "")
