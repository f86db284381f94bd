"""Buildings and their bank accounts as files, for staff."""

from typing import Any

from import_export.fields import Field

from apps.accounts.resources import Chosen, Reference, TenantResource, Typed
from apps.buildings.forms import REFUSALS, BuildingForm
from apps.buildings.models import BankAccount, Building
from koprogo.fields import IbanField, LineField, NumberField
from koprogo.numbers import whole


def _typed(name: str) -> Field:
    return Field(name, name, Typed(BuildingForm.base_fields[name]))


class BuildingResource(TenantResource):
    names = ["reference"]
    stored_by = "reference"
    kept = ["total_shares"]
    refusals = REFUSALS

    reference = Field("reference", "reference", Typed(LineField(max_length=20)))
    name = _typed("name")
    street = _typed("street")
    postcode = _typed("postcode")
    city = _typed("city")
    country = _typed("country")
    enterprise_number = _typed("enterprise_number")
    total_shares = Field("total_shares", "total_shares", Typed(NumberField(reader=whole(1))))
    fiscal_year_start_month = _typed("fiscal_year_start_month")
    built_year = _typed("built_year")

    class Meta:
        model = Building


class BankAccountResource(TenantResource):
    names = ["building", "iban"]
    stored_by = "building__reference"
    refusals: Any = {"one_bank_account_per_iban": ("iban", REFUSALS["one_bank_account_per_iban"][1])}

    building = Field("building", "building", Reference(Building, "reference"))
    iban = Field("iban", "iban", Typed(IbanField()))
    kind = Field("kind", "kind", Chosen(BankAccount.Kind))

    class Meta:
        model = BankAccount
