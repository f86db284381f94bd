"""The form of a change of hands: day, lots, who gives, and a row for each new holder."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization
from apps.desk.change_kinds import CORRECTION, FIRST, MARRIAGE, SALE, SPLIT, UNDO, Kind, Wanted
from apps.owners.changes import FULL, Right, Tenure
from apps.owners.fractions import read_fraction
from apps.owners.holdings import Hands, Newcomer, Party
from apps.owners.models import HolderMember, Owner
from apps.owners.picking import label_of, owners_like
from apps.units.models import Unit
from koprogo.fields import CountryField, DayField, LineField
from koprogo.forms import Form

MOST_ROWS = 20
LISTS = ("lots", "givers")  # fields with several values
NEW = ("kind", "name", "first_name", "language", "street", "postcode", "city", "country")


@dataclass(frozen=True, slots=True)
class Start:
    """From what a form sets out: the lot, its tenure, and the lots that may change hands with it."""

    kind: Kind
    unit: Unit
    tenure: Tenure | None
    others: Sequence[Unit]
    hands: Hands

    @property
    def members(self) -> list[Party]:
        """Who gives; nobody where the rows are the whole composition."""
        if not self.kind.giver or self.tenure is None:
            return []
        return [self.hands.parties[owner_id] for owner_id in dict.fromkeys(r.owner_id for r in self.tenure.rights)]


class ChangeForm(Form):
    """Rows are fields named who_0, right_0 … A row without a name does not count.

    `wanted`, `newcomers` and `parties` stand once it is valid; new owners have numbers below zero.
    """

    def __init__(self, start: Start, organization: Organization, data: QueryDict | None = None, **kwargs: Any) -> None:
        initial = kwargs.pop("initial", None) or ({} if data is not None else _initial(start))
        super().__init__(data, initial=initial, **kwargs)
        self.start, self.organization = start, organization
        self.row_count = 0 if start.kind is UNDO else _row_count((data if data is not None else initial).get("rows"))
        self.newcomers: dict[int, Newcomer] = {}
        self.parties: dict[int, Party] = {}
        self.namesakes: list[Owner] = []
        self._labels: dict[str, list[str]] = {}
        self._add_fields()

    def _add_fields(self) -> None:
        start, kind = self.start, self.start.kind
        if kind is not UNDO:
            self.fields["on"] = DayField(label=str(kind.day))
        if start.others:
            self.fields["lots"] = forms.MultipleChoiceField(
                label=_("Autres lots concernés"), required=False, widget=forms.CheckboxSelectMultiple,
                choices=[(str(unit.pk), unit.number) for unit in start.others],
            )  # fmt: skip
        if len(start.members) > 1:
            self.fields["givers"] = forms.MultipleChoiceField(
                label=str(kind.giver), required=kind.every_giver_is_named, widget=forms.CheckboxSelectMultiple,
                help_text="" if kind.every_giver_is_named else _("Ne cochez personne quand tous cèdent."),
                choices=[(str(party.id), party.name) for party in start.members],
            )  # fmt: skip
        if kind is not UNDO:
            self.fields["rows"] = forms.IntegerField(label=str(kind.rows), widget=forms.HiddenInput, required=False)
        for i in range(self.row_count):
            self.fields |= _row_fields(i)
        if kind.is_correction:
            self.fields["reason"] = LineField(
                label=_("Motif"), max_length=500, widget=forms.Textarea, attrs={"rows": 2},
                help_text=_("Il reste dans le journal."),
            )  # fmt: skip

    @property
    def rows(self) -> Iterator[dict[str, forms.BoundField]]:
        for i in range(self.row_count):
            names = ("who", "owner", "right", "fraction", *(f"new_{name}" for name in NEW))
            yield {name: self[f"{name}_{i}"] for name in names if f"{name}_{i}" in self.fields}

    @property
    def units(self) -> list[Unit]:
        """The lot and those that change hands with it."""
        chosen = set(self.cleaned_data.get("lots", []))
        return [self.start.unit, *(unit for unit in self.start.others if str(unit.pk) in chosen)]

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("reason", ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        taken = [right for i in range(self.row_count) if (right := self._row(i, data))]
        if self.start.kind is not UNDO and not taken and not self._row_errors():
            self.add_error("who_0", _("Indiquez au moins une personne."))
        if not self.errors:
            tenure, givers = self.start.tenure, frozenset(int(each) for each in data.get("givers", []))
            on = tenure.starts_on if self.start.kind is UNDO and tenure else data["on"]
            self.wanted = Wanted(on, tuple(taken), givers)
        return data

    def _row_errors(self) -> bool:
        return any(name.rpartition("_")[2].isdecimal() for name in self.errors)

    def _row(self, i: int, data: Mapping[str, Any]) -> Right | None:
        is_new, who = bool(data.get(f"new_name_{i}")), str(data.get(f"who_{i}", ""))
        if not is_new and not who:
            if data.get(f"fraction_{i}") and i:
                self.add_error(f"who_{i}", _("Indiquez qui, ou videz aussi la fraction."))
            return None
        if is_new and who:
            self.add_error(f"who_{i}", _("Choisissez une personne connue ou notez-en une nouvelle, pas les deux."))
            return None
        party = self._newcomer(i, data) if is_new else self._known(i, who)
        fraction = read_fraction(str(data.get(f"fraction_{i}", "")))
        if fraction is None:
            self.add_error(f"fraction_{i}", _("Écrivez une part entre 0 et 1, par exemple 1/2, 0,5 ou 50 %."))
        if party is None or fraction is None:
            return None
        self.parties[party.id] = party
        return Right(party.id, data.get(f"right_{i}") or FULL, fraction)

    def _known(self, i: int, who: str) -> Party | None:
        found = owners_like(self.organization, who)
        if len(found) > 1:
            chosen = self.data.get(f"owner_{i}", "")
            labels = [(str(owner.pk), f"{label_of(owner)}, {owner.postcode} {owner.city}") for owner in found]
            self.fields[f"owner_{i}"] = forms.ChoiceField(
                label=_("Lequel"), choices=[("", _("choisissez")), *labels], required=False
            )
            found = [owner for owner in found if str(owner.pk) == chosen]
            if not found:
                self.add_error(f"owner_{i}", _("Plusieurs copropriétaires répondent : choisissez-en un."))
                return None
        if not found:
            self.add_error(
                f"who_{i}",
                _("Aucun copropriétaire ne répond à « %(text)s » : essayez une partie du nom ou du code, ou notez "
                  "un nouveau copropriétaire.") % {"text": who},
            )  # fmt: skip
            return None
        self._labels[f"who_{i}"] = [label_of(found[0])]
        return Party(found[0].pk, found[0].code, found[0].full_name)

    def _newcomer(self, i: int, data: Mapping[str, Any]) -> Party | None:
        usual = {"kind": Owner.Kind.PERSON, "language": Owner.Language.FRENCH, "country": "BE"}
        newcomer = Newcomer(**{name: data.get(f"new_{name}_{i}") or usual.get(name, "") for name in NEW})
        # Codes are handed out once all new owners are known.
        number = -1 - len(self.newcomers)
        self.newcomers[number] = newcomer
        same = Owner.objects.for_organization(self.organization).filter(name__iexact=newcomer.name)
        self.namesakes += same.filter(first_name__iexact=newcomer.first_name)[:3]
        return Party(number, "", newcomer.full_name)

    def carried(self) -> list[tuple[str, str]]:
        """What is typed, with owners by their labels, for the page between the form and its confirmation."""
        assert isinstance(self.data, QueryDict)
        values = {name: self.data.getlist(name) for name in self.fields} | self._labels
        return [
            (name, value) for name, each in values.items() if not name.startswith("owner_") for value in each if value
        ]


def typed(data: QueryDict, *, more_rows: bool = False) -> dict[str, Any]:
    """What was sent, as initial values: shown again without judging it, with one more row if so wished."""
    values = {name: data.getlist(name) if name in LISTS else data.get(name) for name in data}
    return values | {"rows": _row_count(data.get("rows")) + more_rows}


def _row_count(given: Any) -> int:
    text = str(given or "")
    return min(max(int(text), 1), MOST_ROWS) if text.isdecimal() and len(text) < 4 else 1


def _row_fields(i: int) -> dict[str, forms.Field]:
    def line(label: Any, length: int, **attrs: str) -> LineField:
        return LineField(label=label, max_length=length, required=False, attrs={"autocomplete": "off"} | attrs)

    def choice(label: Any, choices: Any, initial: str) -> forms.ChoiceField:
        return forms.ChoiceField(label=label, choices=choices, initial=initial, required=False)

    return {
        f"who_{i}": line(gettext_lazy("Copropriétaire"), 320, list="owners-found"),
        f"right_{i}": choice(gettext_lazy("Droit"), HolderMember.Right.choices, FULL),
        f"fraction_{i}": line(gettext_lazy("Fraction du lot"), 30),
        f"new_kind_{i}": choice(gettext_lazy("Type"), Owner.Kind.choices, Owner.Kind.PERSON),
        f"new_name_{i}": line(gettext_lazy("Nom ou raison sociale"), 200),
        f"new_first_name_{i}": line(gettext_lazy("Prénom"), 100),
        f"new_language_{i}": choice(gettext_lazy("Langue"), Owner.Language.choices, Owner.Language.FRENCH),
        f"new_street_{i}": line(gettext_lazy("Rue et numéro"), 200),
        f"new_postcode_{i}": line(gettext_lazy("Code postal"), 12),
        f"new_city_{i}": line(gettext_lazy("Localité"), 100),
        f"new_country_{i}": CountryField(label=gettext_lazy("Pays"), required=False, initial="BE"),
    }


def _initial(start: Start) -> dict[str, Any]:
    """What each kind begins with: the rows of a correction are what is noted now."""
    kind, tenure = start.kind, start.tenure
    lots = [str(unit.pk) for unit in start.others] if kind.takes_all_lots else []
    rows: list[dict[str, Any]] = [{"fraction": "1" if kind in (FIRST, SALE) and _is_full(tenure) else ""}]
    if kind is SPLIT:
        rows = [{"fraction": "1/2"}]
    if tenure and kind in (CORRECTION, MARRIAGE):
        rows = [_row_of(right, start.hands) for right in tenure.rights]
        if kind is MARRIAGE and len(rows) == 1:
            rows = [rows[0] | {"fraction": "1/2"}, {"right": rows[0]["right"], "fraction": "1/2"}]
    initial: dict[str, Any] = {f"{name}_{i}": value for i, row in enumerate(rows) for name, value in row.items()}
    if kind is CORRECTION and tenure:
        initial["on"] = tenure.starts_on
    return initial | {"lots": lots, "rows": len(rows)}


def _is_full(tenure: Tenure | None) -> bool:
    return tenure is None or all(right.right == FULL for right in tenure.rights)


def _row_of(right: Right, hands: Hands) -> dict[str, Any]:
    party = hands.parties[right.owner_id]
    return {
        "who": f"{party.code} · {party.name}", "right": right.right,
        "fraction": str(right.fraction),
    }  # fmt: skip
