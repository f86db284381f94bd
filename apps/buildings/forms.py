from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.buildings.models import Building


class AccessForm(forms.Form):
    """The buildings that a reader sees; ids as numbers."""

    buildings = forms.TypedMultipleChoiceField(
        label=_("Immeubles ouverts à cette personne"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: object, organization: Organization, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        found = Building.objects.for_organization(organization).order_by("search", "id")
        self.fields["buildings"].choices = [  # type: ignore[attr-defined]
            (pk, f"{name} · {city}") for pk, name, city in found.values_list("id", "name", "city")
        ]
