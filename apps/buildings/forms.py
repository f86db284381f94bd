from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.editing import EditForm
from apps.accounts.models import Organization
from apps.buildings.models import BankAccount, Building
from apps.buildings.queries import accounts_of
from koprogo.fields import CountryField, EnterpriseNumberField, IbanField, LineField
from koprogo.formats import masked_iban
from koprogo.forms import Form

KEPT, DROPPED = "iban_", "drop_"  # and the number of a bank account
NEW_ACCOUNTS = {"new_current": BankAccount.Kind.CURRENT, "new_reserve": BankAccount.Kind.RESERVE}
# What PostgreSQL refuses, and beside which field it is told.
REFUSALS = {
    "one_building_per_reference": ("reference", gettext_lazy("Un autre immeuble a déjà cette référence.")),
    "one_bank_account_per_iban": ("new_current", gettext_lazy("Cet immeuble a déjà un compte avec cet IBAN.")),
    "total_of_approved_parts_is_frozen": (
        "total_shares",
        gettext_lazy(
            "Une dépense approuvée repose sur ce total : il ne se modifie plus ici, mais par une nouvelle version des "
            "quotités à partir d’une date."
        ),
    ),
}


class AccessForm(Form):
    """The buildings that a reader sees; ids as numbers."""

    buildings = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Immeubles ouverts à cette personne"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: object, organization: Organization, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        found = Building.objects.for_organization(organization).order_by("search", "id")
        self.fields["buildings"].choices = [  # type: ignore[attr-defined]
            (pk, _archived(f"{name} · {city}") if archived_on else f"{name} · {city}")
            for pk, name, city, archived_on in found.values_list("id", "name", "city", "archived_on")
        ]


def _archived(label: str) -> str:
    return _("%(name)s (archivé)") % {"name": label}


class BuildingForm(EditForm):
    """A building with its bank accounts. `shows_ibans`: the person may pay; else what is stored stays veiled."""

    name = LineField(label=gettext_lazy("Nom"), max_length=200, attrs={"autocomplete": "off"})
    reference = LineField(
        label=gettext_lazy("Référence"), max_length=20, required=False, attrs={"autocomplete": "off"},
        help_text=gettext_lazy("Votre code pour cet immeuble ; vide : proposé d’après le nom."),
    )  # fmt: skip
    street = LineField(label=gettext_lazy("Rue et numéro"), max_length=200, attrs={"autocomplete": "off"})
    postcode = LineField(
        label=gettext_lazy("Code postal"), max_length=12, attrs={"autocomplete": "off", "inputmode": "numeric"}
    )
    city = LineField(label=gettext_lazy("Commune"), max_length=100, attrs={"autocomplete": "off"})
    country = CountryField(
        label=gettext_lazy("Pays"), initial="BE", help_text=gettext_lazy("En deux lettres, comme BE ou FR.")
    )
    enterprise_number = EnterpriseNumberField(
        label=gettext_lazy("Numéro d’entreprise (BCE)"), required=False,
        help_text=gettext_lazy("Celui de l’association des copropriétaires, comme 0999.900.150."),
    )  # fmt: skip
    total_shares = forms.IntegerField(
        label=gettext_lazy("Total des quotités"), min_value=1, max_value=2**31 - 1, initial=1000,
        help_text=gettext_lazy("Le dénominateur que fixe l’acte de base."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    fiscal_year_start_month = forms.TypedChoiceField(
        label=gettext_lazy("L’exercice commence en"), coerce=int, choices=list(MONTHS.items()), initial=1
    )
    built_year = forms.IntegerField(
        label=gettext_lazy("Année de construction"), required=False, min_value=1000, max_value=2199,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    new_current = IbanField(label=gettext_lazy("Compte courant (IBAN)"), required=False)
    new_reserve = IbanField(label=gettext_lazy("Compte du fonds de réserve (IBAN)"), required=False)

    def __init__(
        self, data: QueryDict | None = None, *, organization: Organization, record: Building | None = None,
        shows_ibans: bool = False,
    ) -> None:  # fmt: skip
        self.organization = organization
        self.accounts = list(accounts_of(record)) if record else []
        names = {f"{KEPT}{account.pk}": account for account in self.accounts}
        super().__init__(data, record=record, veiled=[] if shows_ibans else list(names))
        for name, account in names.items():
            self._add_account(name, account, is_veiled=not shows_ibans)
        if self.accounts:
            self.fields["new_current"].label = _("Un compte courant de plus (IBAN)")
            self.fields["new_reserve"].label = _("Un compte de réserve de plus (IBAN)")

    def _add_account(self, name: str, account: BankAccount, *, is_veiled: bool) -> None:
        words = {"kind": account.get_kind_display(), "iban": masked_iban(account.iban)}
        self.fields[name] = IbanField(
            label=_("IBAN (%(kind)s)") % words, required=not is_veiled,
            help_text=_("Laissez vide pour garder %(iban)s.") % words if is_veiled else "",
        )  # fmt: skip
        label = _("Retirer %(iban)s (%(kind)s)") % words
        self.fields[f"{DROPPED}{account.pk}"] = forms.BooleanField(label=label, required=False)

    def freeze_total(self) -> None:
        """The total is shown and no longer edited, with the reason."""
        field = self.fields["total_shares"]
        field.disabled, field.help_text = True, REFUSALS["total_of_approved_parts_is_frozen"][1]

    def read(self, record: Any) -> dict[str, Any]:
        return super().read(record) | {f"{KEPT}{account.pk}": account.iban for account in self.accounts}

    def rows(self, record: Any) -> list[Any]:
        return [record, *self.accounts]

    def words(self, name: str, value: Any) -> str:
        return masked_iban(str(value)) if name.startswith(KEPT) and value else super().words(name, value)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("new_current") and data["new_current"] == data.get("new_reserve"):
            self.add_error("new_reserve", _("La loi veut un compte distinct pour le fonds de réserve."))
        if any(name.startswith(KEPT) and name not in self.fields and self.data[name] for name in self.data):
            self.add_error(None, _("Quelqu’un d’autre a retiré entre-temps un compte de cette page."))
        return data

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        """Another building with the enterprise number or an account that is written now."""
        fresh = {name: value for name, value in values.items() if value and value != self.stored.get(name)}
        number = fresh.get("enterprise_number")
        ibans = {value for name, value in fresh.items() if name.startswith(KEPT) or name in NEW_ACCOUNTS}
        if not number and not ibans:
            return
        others = Building.objects.for_organization(self.organization).exclude(pk=self.record.pk if self.record else 0)
        if number:
            for name in others.filter(enterprise_number=number).values_list("name", flat=True):
                yield _("%(name)s a déjà ce numéro d’entreprise.") % {"name": name}
        if ibans:
            found = others.filter(bank_accounts__iban__in=ibans).values_list("name", "bank_accounts__iban")
            for name, iban in found.order_by("search", "id"):
                yield _("%(name)s a déjà le compte %(iban)s.") % {"name": name, "iban": masked_iban(iban)}

    @property
    def identity(self) -> dict[str, Any]:
        """The values of the building's own columns."""
        columns = {field.name for field in Building._meta.concrete_fields}
        return {name: value for name, value in self.cleaned_data.items() if name in columns}

    @property
    def ibans(self) -> dict[int, str]:
        """The accounts that stay, by number."""
        return {
            account.pk: self.cleaned_data[f"{KEPT}{account.pk}"]
            for account in self.accounts
            if not self.cleaned_data[f"{DROPPED}{account.pk}"]
        }

    @property
    def new_accounts(self) -> list[tuple[str, str]]:
        """(kind, IBAN)"""
        return [(kind, self.cleaned_data[name]) for name, kind in NEW_ACCOUNTS.items() if self.cleaned_data[name]]
