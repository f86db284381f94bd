"""The forms of one lot and of one key; the grids over all lots are in `grids`."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext_lazy as _

from apps.accounts.editing import EditForm
from apps.buildings.models import Building
from apps.units.models import DistributionKey, Unit
from apps.units.queries import successor_of, units_of
from koprogo.fields import Labels, LineField, NumberField
from koprogo.numbers import positive, whole

# What PostgreSQL refuses, and beside which field it is told.
UNIT_REFUSALS = {"one_unit_per_number": ("number", _("Un autre lot de cet immeuble a déjà ce numéro."))}
KEY_REFUSALS = {
    "one_distribution_key_per_code": ("code", _("Une autre clé de cet immeuble a déjà ce code.")),
    "kind_of_approved_parts_is_frozen": (
        "kind",
        _("Une dépense approuvée a été répartie par cette clé : son type ne change plus. Créez une autre clé."),
    ),
}
KEY_KINDS = {
    DistributionKey.Kind.SHARES: _("Quotités : tous les lots, selon leurs quotités"),
    DistributionKey.Kind.SUBSET: _("Sous-ensemble : les lots cochés, selon leurs quotités"),
    DistributionKey.Kind.EQUAL: _("Égal : les lots cochés, à parts égales"),
    DistributionKey.Kind.WEIGHTS: _("Poids : un nombre libre par lot"),
    DistributionKey.Kind.CONSUMPTION: _("Consommation : ce que les compteurs ont relevé sur la période"),
    DistributionKey.Kind.AMOUNTS: _("Montants : la liste du releveur, donnée avec la facture"),
}


class UnitForm(EditForm):
    number = LineField(label=_("Numéro du lot"), max_length=20, attrs={"autocomplete": "off"})
    kind = forms.ChoiceField(label=_("Type"), initial=Unit.Kind.APARTMENT, choices=Labels(Unit.Kind))
    floor = NumberField(
        label=_("Étage"), reader=whole(-20, 200), inputmode="text", required=False,
        help_text=_("0 pour le rez-de-chaussée, −1 pour le premier sous-sol."),
    )  # fmt: skip
    area = NumberField(label=_("Surface (m²)"), reader=positive(2, Decimal(10**6)), required=False)
    before = forms.TypedChoiceField(
        label=_("Placé avant le lot"), required=False, coerce=int, empty_value=None,
        help_text=_("L’ordre des lots dans les listes et sur les papiers."),
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, building: Building, record: Unit | None = None) -> None:
        super().__init__(data, record=record)
        self.fields["before"].choices = CallableChoiceIterator(lambda: self.places(building))  # type: ignore[attr-defined]

    def places(self, building: Building) -> list[tuple[int | str, Any]]:
        """Read where all are shown or one was chosen, not for a new lot that is simply the last."""
        others = units_of(building)
        if self.record:
            others = others.exclude(pk=self.record.pk)
        return [("", _("en dernier")), *others.values_list("pk", "number")]

    def read(self, record: Any) -> dict[str, Any]:
        return super().read(record) | {"before": successor_of(record)}

    @property
    def identity(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "before"}


class NewUnitForm(UnitForm):
    share = NumberField(
        label=_("Quotités"), reader=whole(0), inputmode="numeric", initial=0,
        help_text=_("Celles de l’acte de base ; 0 si les autres lots font déjà le total."),
    )  # fmt: skip
    field_order = ["number", "kind", "share"]


class KeyForm(EditForm):
    code = LineField(
        label=_("Code"), max_length=20, attrs={"autocomplete": "off"},
        help_text=_("Court : il est en tête des colonnes et sur les décomptes, comme ASC ou CHAUF."),
    )  # fmt: skip
    name = LineField(label=_("Nom"), max_length=200, attrs={"autocomplete": "off"})
    kind = forms.ChoiceField(label=_("Type"), choices=list(KEY_KINDS.items()), widget=forms.RadioSelect)

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        loses_weights = values["kind"] not in DistributionKey.WEIGHTED_KINDS
        if isinstance(self.record, DistributionKey) and loses_weights and self.record.weights.exists():
            yield str(_("Une clé de ce type n’a pas de poids à elle : ceux d’aujourd’hui seront effacés."))
