from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.editing import EditForm
from apps.accounts.models import Organization
from apps.expenses.models import Supplier
from koprogo.fields import EnterpriseNumberField, IbanField, LineField, MailField
from koprogo.formats import masked_iban

SHOWN = 5  # doubles that are told of
# What PostgreSQL refuses, and beside which field it is told.
REFUSALS = {
    "one_supplier_per_name": (
        "name", gettext_lazy("Un autre fournisseur a déjà ce nom, peut-être avec d’autres majuscules ou espaces."),
    ),
}  # fmt: skip


class SupplierForm(EditForm):
    """Who sends invoices. `shows_iban`: the person may pay; else what is stored stays veiled."""

    name = LineField(label=gettext_lazy("Nom"), max_length=200, attrs={"autocomplete": "off"})
    enterprise_number = EnterpriseNumberField(
        label=gettext_lazy("Numéro d’entreprise (BCE)"), required=False, help_text=gettext_lazy("Comme 0999.900.150.")
    )
    iban = IbanField(label="IBAN", required=False)
    email = MailField(label=gettext_lazy("E-mail"), required=False)
    phone = LineField(
        label=gettext_lazy("Téléphone"), max_length=40, required=False,
        attrs={"autocomplete": "off", "inputmode": "tel"},
    )  # fmt: skip

    def __init__(
        self, data: QueryDict | None = None, *, organization: Organization, record: Supplier | None = None,
        shows_iban: bool = False,
    ) -> None:  # fmt: skip
        self.organization = organization
        super().__init__(data, record=record, veiled=[] if shows_iban else ["iban"])
        if self.stored.get("iban") and not shows_iban:
            kept = _("Laissez vide pour garder %(iban)s.")
            self.fields["iban"].help_text = kept % {"iban": masked_iban(self.stored["iban"])}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not any(character.isalnum() for character in name):
            raise forms.ValidationError(_("Écrivez le nom du fournisseur."))
        return name

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        """Another supplier with the enterprise number or the account that is written now."""
        others = Supplier.objects.for_organization(self.organization).exclude(pk=self.record.pk if self.record else 0)
        told = {
            "enterprise_number": _("%(name)s a déjà ce numéro d’entreprise."),
            "iban": _("%(name)s a déjà cet IBAN."),
        }
        for field, sentence in told.items():
            if values[field] and values[field] != self.stored.get(field):
                for name in (
                    others.filter(**{field: values[field]}).order_by("id").values_list("name", flat=True)[:SHOWN]
                ):
                    yield sentence % {"name": name}
