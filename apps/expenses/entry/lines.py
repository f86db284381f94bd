"""The lines of the form: their fields, and what is typed in them as entries to be written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.choices import CallableChoiceIterator
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Membership, Organization
from apps.buildings.models import Building, visible_buildings
from apps.expenses.days import ONE_DAY
from apps.expenses.drafts import LineEntry, PortionEntry, PortionsDoNotAddUp
from apps.expenses.entry import typed
from apps.expenses.entry.amounts import Amounts, DoNotAgree, TooFew, complete
from apps.expenses.entry.suggestions import tenant_percent
from apps.expenses.models import ExpenseLine
from apps.units.models import DistributionKey, Unit
from apps.units.pasting import read_block
from apps.units.queries import units_in_use
from koprogo.fields import DayField, LineField, MoneyField, NumberField, read
from koprogo.formats import euro
from koprogo.numbers import money, percent
from koprogo.prepared import Question, instances
from koprogo.readers import Invalid

ACCOUNT = r"^[67][0-9]{2,7}$"
# With JavaScript what follows from a choice is proposed at once; without it by the button.
PROPOSING = {"hx-post": "", "hx-trigger": "change", "hx-vals": '{"do": "propose"}'}
Complain = Callable[[str, str], None]  # field, sentence


@dataclass
class Place:
    """What can be chosen in a building, its lots read when they are asked for; nothing while none is chosen."""

    building: Building | None = None
    keys: dict[int, DistributionKey] = field(default_factory=dict)

    @cached_property
    def units(self) -> list[Unit]:
        return units_in_use(self.building) if self.building else []

    @cached_property
    def targets(self) -> list[Any]:
        if not self.building:
            return [("", _("Choisissez d’abord l’immeuble"))]
        keys = [(typed.key_choice(pk), str(key)) for pk, key in self.keys.items()]
        alone = _("Lot %(lot)s seul")
        units = [(typed.unit_choice(unit.pk), alone % {"lot": unit.number}) for unit in self.units]
        several = [(typed.SPLIT, _("Plusieurs clés…"))] if len(keys) > 1 else []
        return [("", _("Choisir…")), (_("Clés"), keys + several), (_("Frais privatifs"), units)]

    def offers(self, target: str) -> bool:
        """Whether it is one of the targets; the lots are read only where one of them is meant."""
        if target == typed.SPLIT:
            return len(self.keys) > 1
        return self.key_of(target) is not None or self.unit_of(target) is not None

    def key_of(self, target: str) -> DistributionKey | None:
        return next((key for pk, key in self.keys.items() if target == typed.key_choice(pk)), None)

    def unit_of(self, target: str) -> Unit | None:
        if not target.startswith("u"):
            return None
        return next((unit for unit in self.units if target == typed.unit_choice(unit.pk)), None)

    def add(self, entries: list[LineEntry]) -> None:
        """What is archived by now, but stands in a line, may stay in it."""
        for entry in entries:
            for key in filter(None, [entry.key, *(portion.key for portion in entry.portions)]):
                self.keys.setdefault(key.pk, key)
            if entry.unit and entry.unit.pk not in {unit.pk for unit in self.units}:
                self.units.append(entry.unit)


def place_of(membership: Membership, building_id: int) -> Place:
    """The building, if this person sees it. One statement."""
    rows = PLACES.ask(
        membership.role, membership=membership.pk, organization=membership.organization_id, building=building_id
    )  # fmt: skip
    if not rows:
        return Place()
    width = len(Building._meta.concrete_fields)
    (building,) = instances(Building, [rows[0][:width]])
    keys = instances(DistributionKey, [row[width:] for row in rows if row[width] is not None])
    return Place(building, {key.pk: key for key in keys})


def _places(role: str, *, membership: int, organization: int, building: int) -> models.QuerySet[Building, Any]:
    """The building beside each of its keys that can be chosen, or beside none."""
    member = Membership(pk=membership, organization=Organization(pk=organization), role=role)
    in_use = models.Q(keys__organization=organization, keys__archived_on=None)
    found = visible_buildings(member).filter(pk=building).alias(key=models.FilteredRelation("keys", condition=in_use))
    columns = [each.attname for each in Building._meta.concrete_fields]
    columns += [f"key__{each.attname}" for each in DistributionKey._meta.concrete_fields]
    return found.order_by("key__code", "key__id").values_list(*columns)


PLACES = Question(_places)


@dataclass
class Grid:
    """The amounts of the lots for one key of a line, as they are typed."""

    key: DistributionKey
    paste: str  # the field that takes a list
    cells: list[tuple[Unit, str, str]]  # lot, name, text
    total: Decimal | None  # None: one of them is no amount


@dataclass(frozen=True, slots=True)
class Note:
    """Whether the readings of a consumption key make the period of the line."""

    key: DistributionKey
    has_readings: bool


@dataclass
class LineRow:
    """A line in the page: `row["gross"]` is its field."""

    form: forms.Form
    number: str
    position: int
    portions: list[str]
    grids: list[Grid]
    notes: list[Note]

    def __getitem__(self, name: str) -> forms.BoundField:
        return self.form[f"{self.number}-{name}"]

    def portion(self, number: str, name: str) -> forms.BoundField:
        return self.form[f"{self.number}-{number}-{name}"]


class TargetField(forms.ChoiceField):
    """Over what a line goes: all that a place offers is listed only where the field is shown."""

    def __init__(self, place: Place, **options: Any) -> None:
        super().__init__(
            choices=CallableChoiceIterator(lambda: place.targets), widget=forms.Select(attrs=PROPOSING), **options
        )
        self.place = place

    def valid_value(self, value: Any) -> bool:
        return self.place.offers(str(value))


def line_fields(line: str, position: int, place: Place) -> dict[str, forms.Field]:
    """The fields of a line, labelled so that an error says where it is."""
    target = TargetField(place, label=_label(position, gettext_lazy("répartition")))
    return {f"{line}-{name}": each for name, each in (_fields_at(position) | {"target": target}).items()}


@cache
def _fields_at(position: int) -> dict[str, forms.Field]:
    """Those that are the same in each form: nothing is kept in them, and nothing of them is changed."""

    def label(name: str | Promise) -> str:
        return _label(position, name)

    days = [("days", gettext_lazy("Par jours de la période")), ("date", gettext_lazy("Au titulaire à une date"))]
    return {
        "description": LineField(
            label=label(gettext_lazy("libellé")), max_length=200, required=False, attrs={"autocomplete": "off"}
        ),
        "account": forms.RegexField(
            ACCOUNT, label=label(gettext_lazy("compte")), max_length=8,
            error_messages={
                "invalid": gettext_lazy("Écrivez un compte de la classe 6 ou 7, de trois à huit chiffres.")
            },
            widget=forms.TextInput(
                attrs={"list": "accounts", "inputmode": "numeric", "autocomplete": "off", **PROPOSING}
            ),
        ),
        "net": MoneyField(label=label(gettext_lazy("HTVA")), required=False, attrs={"data-amount": "net"}),
        "vat_rate": NumberField(
            reader=percent(2), label=label(gettext_lazy("taux de TVA")), required=False,
            attrs={"data-amount": "vat_rate"},
        ),
        "vat": MoneyField(label=label(gettext_lazy("TVA")), required=False, attrs={"data-amount": "vat"}),
        "gross": MoneyField(label=label(gettext_lazy("montant TTC")), required=False, attrs={"data-amount": "gross"}),
        "first": DayField(label=label(gettext_lazy("période du"))),
        "last": DayField(label=label(gettext_lazy("période au"))),
        "day_rule": forms.ChoiceField(label=label(gettext_lazy("en cas de vente")), choices=days),
        "reference_on": DayField(label=label(gettext_lazy("à cette date")), required=False),
        "tenant_percent": NumberField(
            reader=percent(2), label=label(gettext_lazy("part du locataire")), required=False
        ),
    }  # fmt: skip


def _words_of_label(position: int, name: str | Promise) -> str:
    return _("Ligne %(line)s, %(name)s") % {"line": position, "name": name}


_label = lazy(_words_of_label, str)


def portion_fields(line: str, portion: str, position: int, nth: int, place: Place) -> dict[str, forms.Field]:
    where = {"line": position, "portion": nth}
    keys = [("", _("Choisir…")), *((str(pk), str(key)) for pk, key in place.keys.items())]
    return {
        f"{line}-{portion}-key": forms.ChoiceField(
            label=_("Ligne %(line)s, clé %(portion)s") % where, choices=keys, widget=forms.Select(attrs=PROPOSING)
        ),
        f"{line}-{portion}-percent": NumberField(
            reader=percent(3), label=_("Ligne %(line)s, pour cent de la clé %(portion)s") % where, required=False
        ),
        f"{line}-{portion}-amount": MoneyField(
            label=_("Ligne %(line)s, montant de la clé %(portion)s") % where, required=False
        ),
    }


def paste_field(key: DistributionKey, position: int) -> forms.Field:
    return forms.CharField(
        label=_("Ligne %(line)s, montants par lot (%(key)s)") % {"line": position, "key": key.code}, required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )  # fmt: skip


def take_pastes(data: QueryDict, line: str, keys: list[DistributionKey], place: Place) -> dict[str, list[str]]:
    """Fill the grids of a line from the lists pasted beside them; of lists with faults these, by field."""
    faults = {}
    for key in keys:
        name = f"{line}-paste-{key.pk}"
        if text := data.get(name, "").strip():
            block = read_block(text, [unit.number for unit in place.units], [_("Montant")])
            for (lot, _column), cell in block.cells.items():
                data[f"{line}-lot-{key.pk}-{place.units[lot].pk}"] = cell
            if block.faults:
                faults[name] = block.faults
            else:
                data[name] = ""
    return faults


def grid_of(data: QueryDict, line: str, key: DistributionKey, place: Place) -> Grid:
    cells = []
    total: Decimal | None = Decimal(0)
    for unit in place.units:
        name = f"{line}-lot-{key.pk}-{unit.pk}"
        text = data.get(name, "")
        cells.append((unit, name, text))
        try:
            total = None if total is None else total + (money(text) if text.strip() else 0)
        except Invalid:
            total = None
    return Grid(key, f"{line}-paste-{key.pk}", cells, total)


@dataclass
class LineReader:
    """Reads one line of the form; `complain` takes what is wrong."""

    data: QueryDict
    cleaned: Mapping[str, Any]
    line: str
    portions: list[str]
    place: Place
    complain: Complain
    is_sound: bool = True

    def entry(self, head_description: str) -> LineEntry | None:
        """The line as it can be written; None when something in it is wrong."""
        amounts = self._amounts()
        first, last = self._value("first"), self._value("last")
        if first and last and last < first:
            self._refuse("last", _("Ce jour précède le premier : choisissez-en un plus tard."))
        needed = [self._value(name) for name in ("account", "target", "first", "last", "day_rule")]
        if amounts is None or not all(needed) or not self.is_sound:
            return None
        entry = self._built(amounts, head_description)
        if self.is_sound:
            self._read_lots(entry)
        return entry if self.is_sound else None

    def _built(self, amounts: Amounts, head_description: str) -> LineEntry:
        target, account = self._value("target"), self._value("account")
        given = self._value("tenant_percent")
        by_date = self._value("day_rule") == ExpenseLine.DayRule.DATE
        return LineEntry(
            description=self._value("description") or head_description, account=account, net=amounts.net,
            vat_rate=amounts.vat_rate, vat=amounts.vat, gross=amounts.gross, period_start=self._value("first"),
            period_end=self._value("last") + ONE_DAY, day_rule=self._value("day_rule"),
            reference_on=self._value("reference_on") if by_date else None,
            tenant_percent=tenant_percent(account) if given is None else given,
            key=self.place.key_of(target), unit=self.place.unit_of(target),
            portions=self._portions(amounts.gross) if target == typed.SPLIT else (),
        )  # fmt: skip

    def _amounts(self) -> Amounts | None:
        names = ("net", "vat_rate", "vat", "gross")
        if any(f"{self.line}-{name}" not in self.cleaned for name in names):
            return None
        try:
            return complete(**{name: self._value(name) for name in names})
        except TooFew:
            self._refuse("gross", _("Donnez deux montants, ou un seul avec le taux de TVA."))
        except DoNotAgree as why:
            self._refuse("gross", {
                "sum": _("HTVA et TVA ne font pas ce montant : videz celui qui doit être recalculé."),
                "rate": _("La TVA n’est pas le taux fois le montant HTVA : videz celui qui doit être recalculé."),
            }[why.args[0]])  # fmt: skip
        return None

    def _portions(self, gross: Decimal) -> tuple[PortionEntry, ...]:
        found = [each for each in map(self._portion, self.portions) if each is not None]
        if self.is_sound:
            self._require_whole(found, gross)
        return tuple(found)

    def _portion(self, number: str) -> PortionEntry | None:
        name = f"{self.line}-{number}"
        key, part, amount = (self.cleaned.get(f"{name}-{each}") for each in ("key", "percent", "amount"))
        if not key:
            self.is_sound = False  # told by the field itself
        elif (part is None) == (amount is None):
            self._refuse(f"{number}-percent", _("Donnez un pour cent ou un montant, l’un des deux."))
        else:
            return PortionEntry(self.place.keys[int(key)], part, amount)
        return None

    def _require_whole(self, found: list[PortionEntry], gross: Decimal) -> None:
        percents = [each.percent for each in found if each.percent is not None]
        amounts = [each.amount for each in found if each.amount is not None]
        part, whole = sum(percents, Decimal(0)), sum(amounts, Decimal(0))
        if len(found) < 2:
            self._refuse("target", _("Donnez au moins deux clés, chacune avec sa part."))
        elif len({each.key.pk for each in found}) < len(found):
            self._refuse("target", _("Une clé y figure deux fois : additionnez ses parts."))
        elif percents and amounts:
            self._refuse("target", _("Répartissez la ligne toute en pour cent, ou toute en montants."))
        elif percents and part != 100:
            words = {"sum": typed.number(part)}
            self._refuse("target", _("Les parts font %(sum)s pour cent au lieu de 100.") % words)
        elif amounts and whole != gross:
            words = {"sum": euro(whole), "wanted": euro(gross)}
            self._refuse("target", _("Les parts font %(sum)s au lieu de %(wanted)s.") % words)

    def _read_lots(self, entry: LineEntry) -> None:
        """The lists of a meter company, each of which makes what its key distributes."""
        try:
            parts = {key_id: amount for key_id, _percent, amount in entry.split}
        except PortionsDoNotAddUp:
            return
        if entry.key is not None:
            parts = {entry.key.pk: entry.gross}
        for key_id, wanted in parts.items():
            key = self.place.keys[key_id]
            if key.kind == DistributionKey.Kind.AMOUNTS:
                entry.lot_amounts.update(self._list(key, wanted))

    def _list(self, key: DistributionKey, wanted: Decimal) -> dict[tuple[int, int], Decimal]:
        name, amounts = f"paste-{key.pk}", {}
        for unit, _name, text in grid_of(self.data, self.line, key, self.place).cells:
            lot = {"lot": unit.number}
            try:
                amount = read(money, text) if text.strip() else Decimal(0)
            except forms.ValidationError as fault:
                self._refuse(name, _("Lot %(lot)s : %(fault)s") % (lot | {"fault": fault.message}))
                continue
            if amount * wanted < 0:
                self._refuse(name, _("Lot %(lot)s : ce montant n’a pas le signe de la ligne.") % lot)
            if amount:
                amounts[key.pk, unit.pk] = amount
        found = sum(amounts.values(), Decimal(0))
        if self.is_sound and found != wanted:
            words = {"found": euro(found), "wanted": euro(wanted), "off": euro(abs(wanted - found))}
            self._refuse(
                name, _("Les montants des lots font %(found)s au lieu de %(wanted)s : %(off)s d’écart.") % words
            )
        return amounts

    def _value(self, name: str) -> Any:
        return self.cleaned.get(f"{self.line}-{name}")

    def _refuse(self, name: str, sentence: str) -> None:
        self.is_sound = False
        self.complain(f"{self.line}-{name}", sentence)
