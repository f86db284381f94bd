"""The form of an invoice: its head, its lines, and what is asked back before it is saved."""

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Self

from django import forms
from django.db import models
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.choices import CallableChoiceIterator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.editing import EditForm
from apps.accounts.models import Membership
from apps.buildings.models import Building, visible_buildings
from apps.expenses.days import ONE_DAY
from apps.expenses.drafts import Head, LineEntry, entry_of
from apps.expenses.entry import lines, typed
from apps.expenses.entry.amounts import DoNotAgree, TooFew, complete
from apps.expenses.entry.lines import PROPOSING, LineReader, LineRow, Note, Place, place_of
from apps.expenses.figures import line_values
from apps.expenses.models import Expense, Supplier
from apps.expenses.queries import closed_spans, lines_to_split
from apps.expenses.supplier_services import create_supplier
from apps.units.models import DistributionKey
from apps.units.versions import load_readings, quantities_over
from koprogo.fields import DayField, LineField, MoneyField
from koprogo.formats import day, euro
from koprogo.forms import copied
from koprogo.numbers import money, percent
from koprogo.posted import changeable
from koprogo.prepared import Question, instances
from koprogo.readers import Invalid
from koprogo.search import normalise

REFUSALS = {
    "one_expense_per_supplier_and_number": (
        "number",
        gettext_lazy("Ce fournisseur a déjà une facture de ce numéro dans cet immeuble."),
    ),
    "expense_refers_to_within_organization": (
        "building",
        gettext_lazy("Des notes de crédit concernent cette facture : elle reste dans leur immeuble."),
    ),
    "expense_line_expense_within_organization": (
        "building",
        gettext_lazy("Cette dépense a déjà été approuvée : elle reste dans son immeuble."),
    ),
}


class Sign(Enum):
    """What the lines must make."""

    INVOICE = "positive"
    CREDIT_NOTE = "negative"
    ANY = "any"  # a correction: it may even come to nothing


class BuildingChoice(forms.ModelChoiceField):
    """`offer` makes the queryset where the field is shown; `chosen`: the building that the form has found already."""

    chosen: Building | None = None
    offer: Callable[[], models.QuerySet[Building]] = Building.objects.none

    @property
    def queryset(self) -> models.QuerySet[Building]:
        return self.offer()

    @queryset.setter
    def queryset(self, queryset: models.QuerySet[Building]) -> None:
        self.widget.choices = CallableChoiceIterator(lambda: self.iterator(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        made = copied(self)
        made.queryset = made.offer()  # its widget asks the copy
        return made

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} · {obj.city}"

    def to_python(self, value: Any) -> Any:
        return self.chosen if self.chosen and value == str(self.chosen.pk) else super().to_python(value)


def _supplier(*, organization: int, key: str) -> models.QuerySet[Supplier]:
    return Supplier.objects.for_organization(organization).filter(key=key)


def _doubts(
    *, organization: int, building: int, supplier: int, date: datetime.date, amount: Decimal, itself: int
) -> models.QuerySet[Any, Any]:
    """Invoices with the same supplier, day and amount: number, building; the closed span of the day: its bounds."""
    nothing, no_day = (models.Value(None, output_field=kind()) for kind in (models.CharField, models.DateField))
    others = Expense.objects.for_organization(organization).filter(supplier=supplier, date=date, amount=amount)
    doubles = others.exclude(pk=itself).values_list("number", "building__name", no_day, no_day)[:3]
    spans = closed_spans(organization=organization, building=building, day=date)
    return doubles.union(spans.values_list(nothing, nothing, "starts_on", "ends_on"), all=True)


SUPPLIER, DOUBTS = Question(_supplier), Question(_doubts)


class InvoiceForm(EditForm):
    """An invoice with its lines. `record`: the expense that is written anew; `texts`: what stands in a new one.

    `fixed`: fields of the head that are shown and not changed. `is_checked` False: shown again as it was typed.
    After `is_valid()` `head()` and `written_entries` are what `drafts` and `corrections` write.
    """

    building = BuildingChoice(
        Building.objects.none(), label=gettext_lazy("Immeuble"), empty_label=gettext_lazy("Choisir…"),
        widget=forms.Select(attrs=PROPOSING),
    )  # fmt: skip
    supplier = LineField(
        label=gettext_lazy("Fournisseur"), max_length=200,
        attrs={"list": "suppliers", "autocomplete": "off", **PROPOSING},
        help_text=gettext_lazy("Son nom ou une partie ; un nom nouveau crée le fournisseur."),
    )  # fmt: skip
    number = LineField(label=gettext_lazy("Numéro de facture"), max_length=40, attrs={"autocomplete": "off"})
    date = DayField(label=gettext_lazy("Date de la facture"))
    due_on = DayField(label=gettext_lazy("Échéance"), required=False)
    description = LineField(label=gettext_lazy("Libellé"), max_length=200, attrs={"autocomplete": "off"})
    total = MoneyField(
        label=gettext_lazy("Total de la facture (contrôle)"), required=False,
        help_text=gettext_lazy("Facultatif : les lignes doivent faire ce montant, TVA comprise."),
    )  # fmt: skip
    lines = forms.CharField(label=gettext_lazy("Lignes"), required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, membership: Membership, record: Expense | None = None,
        texts: typed.Texts | None = None, sign: Sign = Sign.INVOICE, fixed: Collection[str] = (),
        is_checked: bool = True,
    ) -> None:  # fmt: skip
        self.membership, self.sign, self.is_checked = membership, sign, is_checked
        self.entries: list[LineEntry] = []
        self.known_supplier: Supplier | None = None
        self.stored_entries = [entry_of(line) for line in lines_to_split(record)] if record else []
        shown = typed.typed_lines(self.stored_entries) | (texts or {}) if record else texts or {}
        self.texts = changeable(data) if data is not None else typed.to_data(shown)
        start = {name: value[-1] if isinstance(value, list) and value else value for name, value in shown.items()}
        super().__init__(data, record=record, initial=start)
        self.fields["date"].widget.attrs |= PROPOSING
        for name in fixed:
            self.fields[name].disabled = True
        self._prepare()
        if not is_checked:
            self._errors = ErrorDict()

    # --- What it is made of ---
    def _prepare(self) -> None:
        self.place = self._chosen_place()
        chosen = self.place.building
        field = self.fields["building"]
        field.offer, field.chosen = self._offered_buildings, chosen  # type: ignore[attr-defined]
        if chosen and chosen.pk == self.stored.get("building"):
            self.place.add(self.stored_entries)
        self._build_lines()

    def _chosen_place(self) -> Place:
        text = self.texts.get("building", "")
        if self.fields["building"].disabled or not self.is_bound:
            text = str(self.initial.get("building") or "")
        return place_of(self.membership, int(text)) if text.isdecimal() and len(text) < 19 else Place()

    def _offered_buildings(self) -> models.QuerySet[Building]:
        """Those in use, and the chosen one."""
        found = visible_buildings(self.membership)
        chosen = self.place.building.pk if self.place.building else None
        return found.filter(models.Q(archived_on=None) | models.Q(pk=chosen)).order_by("search", "id")

    def _build_lines(self) -> None:
        for name in [name for name in self.fields if name[0].isdigit()]:
            del self.fields[name]
        self._bound_fields_cache: dict[str, forms.BoundField] = {}
        self.numbers = typed.numbers_in(self.texts, "line", typed.MOST_LINES) or ["0"]
        self.portions: dict[str, list[str]] = {}
        self.paste_faults: dict[str, list[str]] = {}
        for position, line in enumerate(self.numbers, start=1):
            self.fields |= lines.line_fields(line, position, self.place)
            self.portions[line] = self._portions_of(line)
            for nth, portion in enumerate(self.portions[line], start=1):
                self.fields |= lines.portion_fields(line, portion, position, nth, self.place)
            keys = self._keys_of(line, DistributionKey.Kind.AMOUNTS)
            self.fields |= {f"{line}-paste-{key.pk}": lines.paste_field(key, position) for key in keys}
            self.paste_faults |= lines.take_pastes(self.texts, line, keys, self.place)
        if self.is_bound:
            self.data = self.texts

    def _portions_of(self, line: str) -> list[str]:
        if self.texts.get(f"{line}-target") != typed.SPLIT:
            return []
        return typed.numbers_in(self.texts, f"{line}-portion", typed.MOST_PORTIONS) or ["0", "1"]

    def _keys_of(self, line: str, kind: str) -> list[DistributionKey]:
        """The keys of this kind over which a line goes."""
        target = self.texts.get(f"{line}-target", "")
        chosen = [target[1:]] if target.startswith("k") else []
        chosen += [self.texts.get(f"{line}-{portion}-key", "") for portion in self.portions[line]]
        found = [
            self.place.keys.get(int(each)) for each in dict.fromkeys(chosen) if each.isdecimal() and len(each) < 19
        ]
        return [key for key in found if key is not None and key.kind == kind]

    @property
    def line_rows(self) -> list[LineRow]:
        return [self._row(line, position) for position, line in enumerate(self.numbers, start=1)]

    def _row(self, line: str, position: int) -> LineRow:
        grids = [
            lines.grid_of(self.texts, line, key, self.place)
            for key in self._keys_of(line, DistributionKey.Kind.AMOUNTS)
        ]
        notes = [
            Note(key, self._has_readings(key, line)) for key in self._keys_of(line, DistributionKey.Kind.CONSUMPTION)
        ]
        return LineRow(self, line, position, self.portions[line], grids, notes)

    def _has_readings(self, key: DistributionKey, line: str) -> bool:
        span = typed.span_in(self.texts, line)
        return span is not None and quantities_over(self._readings.get(key.pk, []), span.start, span.end) is not None

    @cached_property
    def _readings(self) -> dict[int, Any]:
        return load_readings(self.place.building) if self.place.building else {}

    @property
    def sum(self) -> Decimal | None:
        """What the lines make by now; None while one of them cannot be told."""
        try:
            return sum((self._gross(line) for line in self.numbers), Decimal(0))
        except (Invalid, TooFew, DoNotAgree):
            return None

    def _gross(self, line: str) -> Decimal:
        readers = {"net": money, "vat_rate": percent(2), "vat": money, "gross": money}
        texts = {name: self.texts.get(f"{line}-{name}", "").strip() for name in readers}
        return complete(**{name: readers[name](text) if text else None for name, text in texts.items()}).gross

    # --- What EditForm asks ---
    def read(self, record: Any) -> dict[str, Any]:
        return {
            "building": record.building_id, "supplier": record.supplier.name, "number": record.number,
            "date": record.date, "due_on": record.due_on, "description": record.description,
            "lines": [line_values(entry) for entry in self.stored_entries],
        }  # fmt: skip

    def rows(self, record: Any) -> list[Any]:
        return [record, *lines_to_split(record)]

    @property
    def seen(self) -> str:
        return str(self.data.get("seen", "")) if self.is_bound and not self.is_checked else super().seen

    def words(self, name: str, value: Any) -> str:
        if name != "lines":
            return super().words(name, value)
        # Of the plain values of a line (figures.line_values): label, account, and the gross amount.
        return " ; ".join(f"{each[0]}, {each[1]}, {euro(each[5])}" for each in value or [])

    def _show_again(self, names: Iterable[str]) -> None:
        names = list(names)
        super()._show_again([name for name in names if name != "lines"])
        self.texts = changeable(self.data)  # type: ignore[arg-type]
        if "lines" in names:
            self.texts = typed.to_data(typed.typed_lines(self.stored_entries), self.texts)
        self._prepare()

    def clean_supplier(self) -> str:
        """The name of the one that is meant; a name that nobody has stays for `find_doubts`."""
        name: str = self.cleaned_data["supplier"]
        key = normalise(name).replace(" ", "")
        rows = SUPPLIER.ask(organization=self.membership.organization_id, key=key)
        found = next(iter(instances(Supplier, rows)), None)
        if found is None:
            near = list(self._suppliers.in_use().filter(search__contains=normalise(name)).order_by("search")[:6])
            if len(near) > 1:
                names = ", ".join(each.name for each in near[:5])
                raise forms.ValidationError(_("Plusieurs fournisseurs y correspondent : %(names)s.") % {"names": names})
            found = near[0] if near else None
        if found is not None and found.is_archived and found.name != self.stored.get("supplier"):
            raise forms.ValidationError(_("Ce fournisseur est archivé : remettez-le d’abord en usage."))
        self.known_supplier = found
        return str(found.name) if found else name

    def _supplier_called(self, name: str) -> Supplier | None:
        """The one that was found by what was typed, unless another person's choice took its place."""
        if self.known_supplier is not None and self.known_supplier.name == name:
            return self.known_supplier
        return self._suppliers.filter(name=name).first()

    @property
    def _suppliers(self) -> Any:
        return Supplier.objects.for_organization(self.membership.organization)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name, faults in self.paste_faults.items():
            for fault in faults:
                self.add_error(name, fault)
        if data.get("due_on") and data.get("date") and data["due_on"] < data["date"]:
            self.add_error("due_on", _("L’échéance précède la date de la facture."))
        readers = [
            LineReader(self.texts, data, line, self.portions[line], self.place, self.add_error) for line in self.numbers
        ]
        entries = [reader.entry(data.get("description", "")) for reader in readers]
        self.entries = [entry for entry in entries if entry is not None]
        if len(self.entries) == len(entries):
            self._check_sum(data)
            data["lines"] = [line_values(entry) for entry in self.entries]
        return data

    def _check_sum(self, data: Mapping[str, Any]) -> None:
        found = sum((entry.gross for entry in self.entries), Decimal(0))
        wanted = data.get("total")
        if wanted is not None and wanted != found:
            words = {"found": euro(found), "off": euro(abs(wanted - found))}
            self.add_error("total", _("Les lignes font %(found)s : %(off)s d’écart avec ce total.") % words)
        if self.sign is Sign.INVOICE and found <= 0:
            self.add_error(
                None, _("Une facture a un total positif : une note de crédit se fait depuis la facture concernée.")
            )
        elif self.sign is Sign.CREDIT_NOTE and found >= 0:
            self.add_error(None, _("Une note de crédit a un total négatif : mettez un moins devant ses montants."))

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        supplier = self._supplier_called(values["supplier"])
        if supplier is None:
            yield _("Le fournisseur « %(name)s » n’existe pas encore : il sera créé.") % {"name": values["supplier"]}
        found = DOUBTS.ask(
            organization=self.membership.organization_id, building=values["building"].pk,
            supplier=supplier.pk if supplier else 0, date=values["date"],
            amount=sum((entry.gross for entry in self.written_entries), Decimal(0)),
            itself=self.record.pk if self.record else 0,
        )  # fmt: skip
        for number, building, starts_on, ends_on in found:
            if starts_on is None:
                sentence = _(
                    "La facture %(number)s de ce fournisseur (%(building)s) a la même date et le même montant."
                )
                yield sentence % {"number": number, "building": building}
            else:
                yield _(
                    "La période du %(first)s au %(last)s est clôturée : à cette date, cette dépense ne pourra pas être "
                    "approuvée."
                ) % {"first": day(starts_on), "last": day(ends_on - ONE_DAY)}

    # --- What is written ---
    @property
    def written_entries(self) -> list[LineEntry]:
        """The lines; those of the other person when they were taken over."""
        is_stored = bool(self.stored) and self.cleaned_data.get("lines") is self.stored["lines"]
        return self.stored_entries if is_stored else self.entries

    def head(self) -> Head:
        """The head; a supplier that is new is made."""
        values = self.cleaned_data
        supplier = self._supplier_called(values["supplier"]) or create_supplier(
            organization=self.membership.organization, identity={"name": values["supplier"]}
        )
        return Head(
            building=values["building"], supplier=supplier, number=values["number"], date=values["date"],
            due_on=values["due_on"], description=values["description"],
        )  # fmt: skip


def texts_of(head: Head, entries: Sequence[LineEntry]) -> typed.Texts:
    """What stands in a form that begins from an invoice: a credit note's, a correction's."""
    return typed.typed_head(head) | typed.typed_lines(entries)
