"""The grids of the house: shares, weights of keys, readings; and what a new version of them asks for."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.buildings.models import Building
from apps.units.grids import Column, GridForm
from apps.units.models import DistributionKey, KeyWeight, Reading, Unit
from apps.units.readings import Quantities
from apps.units.versions import ReadingPeriod, Weights
from koprogo.fields import DayField, LineField, NumberField
from koprogo.formats import number
from koprogo.numbers import whole

Kind = DistributionKey.Kind
ONE_DAY = timedelta(days=1)
_USED = gettext_lazy(
    "Entre-temps une dépense a été approuvée avec ces valeurs : elles ne changent plus que par une nouvelle version."
)
REFUSALS = {
    f"{what}_of_approved_parts_is_frozen": (None, _USED) for what in ["share", "total", "weight"]
} | {
    "reading_of_approved_parts_is_frozen": (
        None,
        gettext_lazy(
            "Une dépense approuvée a été répartie d’après les relevés de ces jours : retirez d’abord son approbation."
        ),
    )
}  # fmt: skip


def shares_column(units: Sequence[Unit], look: str = "whole") -> Column:
    values = {unit.pk: Decimal(unit.share) for unit in units}
    return Column("share", _("Quotités"), _("quotités"), look, values)


def key_column(key: DistributionKey, weights: Weights, units: Sequence[Unit], *, is_fixed: bool = False) -> Column:
    """A key with weights: ticks for a subset and for equal lots, numbers for free weights."""
    worth = {unit.pk: Decimal(unit.share if key.kind == Kind.SUBSET else 1) for unit in units}
    look = "fixed" if is_fixed else "number" if key.kind == Kind.WEIGHTS else "tick"
    return Column(f"key{key.pk}", key.code, key.name, look, weights, worth, key)


class SharesForm(GridForm):
    """The shares of all lots and the building's total. `following`: subset keys that take the new shares along."""

    total = NumberField(label=gettext_lazy("Total des quotités de l’immeuble"), reader=whole(1), inputmode="numeric")
    following = forms.ModelMultipleChoiceField(
        DistributionKey.objects.none(), label=gettext_lazy("Clés par sous-ensemble qui suivent"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    def __init__(
        self, data: QueryDict | None = None, *, building: Building, units: Sequence[Unit], is_fixed: bool = False,
        following: models.QuerySet[DistributionKey],
    ) -> None:  # fmt: skip
        self.column = shares_column(units, "fixed" if is_fixed else "whole")
        super().__init__(
            data, record=building, units=units, columns=[self.column], initial={"following": list(following)}
        )
        self.fields["following"].queryset = following  # type: ignore[attr-defined]
        self.fields["total"].disabled = is_fixed
        if not following:
            del self.fields["following"]

    def read(self, record: Any) -> dict[str, Any]:
        return super().read(record) | {"total": record.total_shares}

    def rows(self, record: Any) -> Iterable[models.Model]:
        return [record, *self.units]

    @property
    def shares(self) -> dict[int, int]:
        written = self.values(self.column)
        return {unit.pk: int(written.get(unit.pk, 0)) for unit in self.units}

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        if off := difference_in_words(sum(self.shares.values()), values["total"]):
            told = _("Les quotités ne font pas le total : %(off)s. Tant que c’est ainsi, rien ne peut être approuvé.")
            yield told % {"off": off}


def difference_in_words(share_sum: int, total: int) -> str:
    """`il en manque 50`, `il y en a 3 de trop`, nothing when they are equal."""
    off = {"off": number(abs(total - share_sum))}
    if share_sum == total:
        return ""
    return (_("il en manque %(off)s") if share_sum < total else _("il y en a %(off)s de trop")) % off


class _VersionForm(GridForm):
    """From which day on, and why."""

    starts_on = DayField(
        label=gettext_lazy("À partir du"),
        help_text=gettext_lazy("Le premier jour des nouvelles valeurs, au plus tard aujourd’hui."),
    )
    reason = LineField(
        label=gettext_lazy("Motif"), max_length=500, attrs={"autocomplete": "off"},
        help_text=gettext_lazy("Par exemple : acte de base modificatif du 12/03/2026."),
    )  # fmt: skip


class SharesVersionForm(_VersionForm, SharesForm):
    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        """None: shares that do not make the total are refused."""
        return []


class WeightsForm(GridForm):
    """The weights of several keys; fixed columns are only shown."""

    def __init__(
        self, data: QueryDict | None = None, *, building: Building, units: Sequence[Unit], columns: Sequence[Column]
    ) -> None:
        super().__init__(data, record=building, units=units, columns=columns)

    def rows(self, record: Any) -> Iterable[models.Model]:
        return KeyWeight.objects.filter(building=record)

    @property
    def weights(self) -> dict[DistributionKey, Weights]:
        return {each.key: self.values(each) for each in self.columns if each.key and not each.is_fixed}


class KeyVersionForm(_VersionForm, WeightsForm):
    pass


class ReadingsForm(GridForm):
    """What the lots used in a period; a lot without a number has no reading."""

    first = DayField(label=gettext_lazy("Du"))
    last = DayField(label=gettext_lazy("Au"), help_text=gettext_lazy("Ce jour compris."))

    def __init__(
        self, data: QueryDict | None = None, *, key: DistributionKey, units: Sequence[Unit],
        period: ReadingPeriod | None = None, first: date | None = None,
    ) -> None:  # fmt: skip
        self.period = period
        quantities = period.quantities if period else {}
        estimated = {unit_id: Decimal(1) for unit_id in (period.estimated if period else ())}
        worth = {unit.pk: Decimal(1) for unit in units}
        self.quantity = Column("units", _("Unités"), _("unités"), "number", quantities)
        self.estimate = Column("estimate", _("Estimé"), _("estimé"), "tick", estimated, worth)
        super().__init__(
            data, record=key if period else None, units=units, columns=[self.quantity, self.estimate],
            initial={"first": first},
        )  # fmt: skip

    def read(self, record: Any) -> dict[str, Any]:
        assert self.period is not None
        days = {"first": self.period.starts_on, "last": self.period.ends_on - ONE_DAY}
        return super().read(record) | days

    def rows(self, record: Any) -> Iterable[models.Model]:
        assert self.period is not None
        return Reading.objects.filter(key=record, starts_on=self.period.starts_on)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("last", _("Ce jour précède le premier : choisissez-en un plus tard."))
        return data

    @property
    def quantities(self) -> Quantities:
        estimated = self.values(self.estimate)
        cells = {unit.pk: self.cleaned_data.get(f"units-{unit.pk}") for unit in self.units}
        return {unit_id: (value, unit_id in estimated) for unit_id, value in cells.items() if value is not None}
