"""A grid over the lots of a building: a row for each lot, a column for what they have, a field for each cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.editing import EditForm
from apps.units.models import DistributionKey, Unit
from apps.units.pasting import read_block
from apps.units.versions import Weights
from koprogo.fields import NumberField
from koprogo.formats import number, without_separators, without_zeros
from koprogo.numbers import exact, positive, whole
from koprogo.posted import changeable

LARGEST_WEIGHT = Decimal(10**9)
ONE = Decimal(1)
NO_TICK = {"", "0", "-", "–", "non", "nee", "no", "n"}


@dataclass(frozen=True, slots=True)
class Column:
    """`look`: what its cells take ("whole", "number", "tick"), or "fixed": they are only shown.

    `values`: by lot, as they are stored; `worth`: what a tick counts for in the total, by lot.
    """

    name: str  # the beginning of its fields' names
    label: str
    title: str
    look: str
    values: Weights
    worth: Weights = field(default_factory=dict)
    key: DistributionKey | None = None

    @property
    def is_fixed(self) -> bool:
        return self.look == "fixed"

    def stored(self, unit: Unit) -> Any:
        value = self.values.get(unit.pk)
        return bool(value) if self.look == "tick" else value

    def total(self, values: Weights) -> Decimal:
        """Of these values; a tick counts for what it is worth."""
        worth = self.worth if self.look == "tick" else values
        return without_zeros(sum((worth[unit_id] for unit_id, value in values.items() if value), Decimal(0)))


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` as it is typed, or read where the column is fixed; `worth` of a tick, else empty."""

    name: str
    look: str
    text: str
    is_ticked: bool
    worth: str
    title: str
    errors: list[str]


class GridForm(EditForm):
    """A form over `record` with a field `<column>-<lot>` for each cell, and a place to paste a block into.

    Sent with "fill", it takes the pasted block into its cells and is not valid: nothing is to be written yet.
    """

    paste = forms.CharField(
        label=gettext_lazy("Bloc copié d’un tableur"), required=False, strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=gettext_lazy(
            "Une ligne par lot, dans l’ordre de la grille ou avec les numéros de lot en première colonne ; des "
            "tabulations ou des points-virgules entre les colonnes."
        ),
    )  # fmt: skip

    def __init__(
        self, data: QueryDict | None = None, *, record: models.Model | None, units: Sequence[Unit],
        columns: Sequence[Column], **kwargs: Any,
    ) -> None:  # fmt: skip
        self.units, self.columns = units, columns
        self.faults: list[str] = []
        self.is_filling = data is not None and "fill" in data
        super().__init__(self._filled(data) if data is not None and self.is_filling else data, record=record, **kwargs)
        for column, unit in self._open_cells():
            self.fields[_name(column, unit)] = _field(column, unit)
        if self.is_filling:
            for each in self.fields.values():
                each.required = False

    def _open_cells(self) -> list[tuple[Column, Unit]]:
        return [(column, unit) for column in self.columns if not column.is_fixed for unit in self.units]

    def _filled(self, data: QueryDict) -> QueryDict:
        columns = [column for column in self.columns if not column.is_fixed]
        lots, labels = [unit.number for unit in self.units], [column.label for column in columns]
        block = read_block(data.get("paste", ""), lots, labels)
        self.faults = block.faults
        filled = changeable(data)
        if self.faults:
            return filled
        for (row, place), text in block.cells.items():
            name = _name(columns[place], self.units[row])
            if columns[place].look != "tick":
                filled[name] = text
            elif text.casefold() in NO_TICK:
                filled.pop(name, None)
            else:
                filled[name] = "on"
        filled["paste"] = ""
        return filled

    def clean(self) -> dict[str, Any]:
        """What an approval has used since the page was opened is not dropped unsaid."""
        data = super().clean() or {}
        for column in self.columns:
            if column.is_fixed and self._is_written(column):
                self.add_error(None, _(
                    "%(column)s : une dépense approuvée repose désormais sur ces valeurs ; elles ne changent plus que "
                    "par une nouvelle version."
                ) % {"column": column.title})  # fmt: skip
        return data

    def _is_written(self, column: Column) -> bool:
        """Whether the sent form has other values for a fixed column than the stored ones."""
        sent = [(str(self.data.get(_name(column, unit), "")), column.stored(unit) or 0) for unit in self.units]
        return any(text for text, _value in sent) and any(_differs(text, value) for text, value in sent)

    def clean_paste(self) -> str:
        if self.faults:
            raise forms.ValidationError(self.faults[:5])
        return ""

    def is_valid(self) -> bool:
        return super().is_valid() and not self.is_filling

    @property
    def status(self) -> int:
        """Of the page that shows the form again."""
        return 200 if self.is_filling else 422

    def read(self, record: models.Model) -> dict[str, Any]:
        return {_name(column, unit): column.stored(unit) for column, unit in self._open_cells()}

    def values(self, column: Column) -> Weights:
        """What is written in a column, by lot; nothing and zero are left out, a tick is 1."""
        if column.is_fixed or not self.is_bound:
            return {unit_id: value for unit_id, value in column.values.items() if value}
        cells = ((unit.pk, getattr(self, "cleaned_data", {}).get(_name(column, unit))) for unit in self.units)
        return {unit_id: ONE if value is True else Decimal(value) for unit_id, value in cells if value}

    # --- What a page shows ---
    @property
    def lots(self) -> list[tuple[Unit, list[Cell]]]:
        errors = self.errors if self.is_bound else {}
        return [(unit, [self._cell(column, unit, errors) for column in self.columns]) for unit in self.units]

    @property
    def totals(self) -> list[tuple[Column, Decimal]]:
        return [(column, column.total(self.values(column))) for column in self.columns]

    def _cell(self, column: Column, unit: Unit, errors: Any) -> Cell:
        name, value = _name(column, unit), column.stored(unit)
        if column.is_fixed:
            text = number(without_zeros(value)) if value else "–"
            return Cell(name, column.look, text, False, "", "", [])
        if self.is_bound:
            text = str(self.data.get(name, ""))
        else:
            text = "" if value is None or column.look == "tick" else without_separators(value)
        is_ticked = column.look == "tick" and (bool(text) if self.is_bound else bool(value))
        worth = str(column.worth[unit.pk]) if column.look == "tick" else ""
        title = _title(column, unit)
        return Cell(name, column.look, text, is_ticked, worth, title, errors.get(name, []))


def _differs(text: str, value: Any) -> bool:
    """Whether a cell says something else than what is stored; "on" is a tick."""
    if text in ("", "on"):
        return bool(text) != bool(value)
    return exact(text) != value


def _name(column: Column, unit: Unit) -> str:
    return f"{column.name}-{unit.pk}"


def _title(column: Column, unit: Unit) -> str:
    return _("Lot %(lot)s, %(column)s") % {"lot": unit.number, "column": column.title}


def _field(column: Column, unit: Unit) -> forms.Field:
    title = _title(column, unit)
    match column.look:
        case "tick":
            return forms.BooleanField(label=title, required=False)
        case "whole":
            return NumberField(label=title, reader=whole(0), required=False)
    return NumberField(label=title, reader=positive(3, LARGEST_WEIGHT), required=False)
