"""Owners as a file, for staff."""

from import_export.fields import Field

from apps.accounts.resources import Chosen, TenantResource, Typed
from apps.owners.forms import REFUSALS, OwnerForm
from apps.owners.models import Owner


def _typed(name: str) -> Field:
    return Field(name, name, Typed(OwnerForm.base_fields[name]))


class OwnerResource(TenantResource):
    names = ["code"]
    stored_by = "code"
    refusals = REFUSALS

    code = _typed("code")
    kind = Field("kind", "kind", Chosen(Owner.Kind))
    salutation = _typed("salutation")
    first_name = _typed("first_name")
    name = _typed("name")
    language = Field("language", "language", Chosen(Owner.Language))
    enterprise_number = _typed("enterprise_number")
    street = _typed("street")
    postcode = _typed("postcode")
    city = _typed("city")
    country = _typed("country")
    email = _typed("email")
    phone = _typed("phone")
    iban = _typed("iban")

    class Meta:
        model = Owner
