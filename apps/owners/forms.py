from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.editing import EditForm
from apps.accounts.models import Organization
from apps.owners.models import Owner
from koprogo.fields import CountryField, EnterpriseNumberField, IbanField, Labels, LineField, MailField
from koprogo.formats import masked_iban
from koprogo.forms import Form
from koprogo.prepared import Question
from koprogo.search import normalise

SHOWN = 5  # doubles that are told of
LAST_CHARACTER = "\U0010ffff"  # in the order of the column
# What PostgreSQL refuses, and beside which field it is told.
REFUSALS = {"one_owner_per_code": ("code", gettext_lazy("Un autre copropriétaire a déjà ce code."))}


class OwnerAccessForm(Form):
    """Which owner to link to a member, or to unlink."""

    owner = forms.ModelChoiceField(
        Owner.objects.none(), error_messages={"invalid_choice": gettext_lazy("Ce copropriétaire n’existe pas ou plus.")}
    )
    step = forms.ChoiceField(choices=[("link", ""), ("unlink", "")])

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Owner.objects.for_organization(organization)  # type: ignore[attr-defined]


class OwnerForm(EditForm):
    """Who an owner is and how to reach them. `shows_iban`: the person may pay; else what is stored stays veiled."""

    kind = forms.ChoiceField(label=gettext_lazy("Type"), choices=Labels(Owner.Kind), initial=Owner.Kind.PERSON)
    salutation = LineField(
        label=gettext_lazy("Civilité"), max_length=40, required=False,
        help_text=gettext_lazy("Telle qu’elle ouvre une lettre : Madame, Monsieur, Mevrouw…"),
        attrs={"autocomplete": "off"},
    )  # fmt: skip
    first_name = LineField(
        label=gettext_lazy("Prénom"), max_length=100, required=False, attrs={"autocomplete": "off"}
    )  # fmt: skip
    name = LineField(label=gettext_lazy("Nom ou raison sociale"), max_length=200, attrs={"autocomplete": "off"})
    language = forms.ChoiceField(
        label=gettext_lazy("Langue"), choices=Labels(Owner.Language), initial=Owner.Language.FRENCH,
        help_text=gettext_lazy("Celle de son courrier."),
    )  # fmt: skip
    enterprise_number = EnterpriseNumberField(
        label=gettext_lazy("Numéro d’entreprise (BCE)"), required=False, help_text=gettext_lazy("Pour une société.")
    )
    street = LineField(
        label=gettext_lazy("Rue et numéro"), max_length=200, required=False, attrs={"autocomplete": "off"}
    )
    postcode = LineField(
        label=gettext_lazy("Code postal"), max_length=12, required=False, attrs={"autocomplete": "off"}
    )
    city = LineField(label=gettext_lazy("Localité"), max_length=100, required=False, attrs={"autocomplete": "off"})
    country = CountryField(
        label=gettext_lazy("Pays"), initial="BE", help_text=gettext_lazy("En deux lettres, comme BE ou FR.")
    )
    email = MailField(label=gettext_lazy("E-mail"), required=False)
    phone = LineField(
        label=gettext_lazy("Téléphone"), max_length=40, required=False,
        attrs={"autocomplete": "off", "inputmode": "tel"},
    )  # fmt: skip
    iban = IbanField(label="IBAN", required=False)
    code = LineField(
        label=gettext_lazy("Code"), max_length=20, attrs={"autocomplete": "off"},
        help_text=gettext_lazy("Votre code pour ce copropriétaire, unique dans le bureau."),
    )  # fmt: skip

    def __init__(
        self, data: QueryDict | None = None, *, organization: Organization, record: Owner | None = None,
        shows_iban: bool = False, code: str = "",
    ) -> None:  # fmt: skip
        self.organization = organization
        super().__init__(data, record=record, initial={"code": code}, veiled=[] if shows_iban else ["iban"])
        if self.stored.get("iban") and not shows_iban:
            kept = _("Laissez vide pour garder %(iban)s.")
            self.fields["iban"].help_text = kept % {"iban": masked_iban(self.stored["iban"])}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("street") and not data.get("city"):
            self.add_error("city", _("Il manque la localité de cette adresse."))
        return data

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        """Another owner with the name and postcode, or with the enterprise number, that are written now."""
        place = {"organization": self.organization.pk, "own": self.record.pk if self.record else 0}
        if any(values[name] != self.stored.get(name) for name in ("name", "first_name", "postcode")):
            whole = normalise(f"{values['name']} {values['first_name']} ")
            found = NAMED.ask(**place, first=whole, last=whole + LAST_CHARACTER, postcode=values["postcode"])
            for code, first_name, name in found:
                if normalise(f"{name} {first_name} ") == whole:
                    told = _("%(name)s (%(code)s) existe déjà, avec le même code postal.")
                    yield told % _called(code, first_name, name)
        number = values["enterprise_number"]
        if number and number != self.stored.get("enterprise_number"):
            for owner in NUMBERED.ask(**place, number=number):
                yield _("%(name)s (%(code)s) a déjà ce numéro d’entreprise.") % _called(*owner)


def _called(code: str, first_name: str, name: str) -> dict[str, str]:
    return {"name": Owner(first_name=first_name, name=name).full_name, "code": code}


def _named(*, organization: int, own: int, first: str, last: str, postcode: str) -> QuerySet[Owner, Any]:
    """A range and not LIKE, which row security keeps from the index; what it finds is compared again."""
    return _others(organization, own).filter(search__gte=first, search__lt=last, postcode=postcode)[:SHOWN]


def _numbered(*, organization: int, own: int, number: str) -> QuerySet[Owner, Any]:
    return _others(organization, own).filter(enterprise_number=number)[:SHOWN]


def _others(organization: int, own: int) -> QuerySet[Owner, Any]:
    found = Owner.objects.for_organization(organization).exclude(pk=own)
    return found.order_by("id").values_list("code", "first_name", "name")


NAMED, NUMBERED = Question(_named), Question(_numbered)
