"""What the buttons of the form do before anything is saved: lines come, go and move, periods, proposals.

Texts in, texts out: what else is typed stays as it is. Each button sends `do`, a word and where: `remove:3`.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta

from django.http import QueryDict

from apps.accounts.models import Membership
from apps.buildings.models import Building, visible_buildings
from apps.expenses.entry import periods, suggestions, typed
from apps.expenses.models import ExpenseLine, Supplier
from koprogo.posted import changeable
from koprogo.search import normalise

SAVES = ("", "save", "save-submit", "save-new")
COPIED = ["vat_rate", "target", "first", "last", "day_rule", "tenant_percent"]  # to the next line


def reshape(data: QueryDict, membership: Membership) -> QueryDict:
    """The form's texts after its button `do`, with what follows from them proposed."""
    result = changeable(data)
    word, _colon, place = data.get("do", "").partition(":")
    line, _colon, portion = place.partition(":")
    if word in LINE_STEPS:
        LINE_STEPS[word](result, line)
    elif word in MONTHS:
        _set_period(result, line, MONTHS[word], membership)
    elif word == "remove-portion":
        numbers = typed.numbers_in(result, f"{line}-portion", typed.MOST_PORTIONS)
        result.setlist(f"{line}-portion", [each for each in numbers if each != portion])
    propose(result, membership)
    return result


# --- Lines ---
def _lines(data: QueryDict) -> list[str]:
    return typed.numbers_in(data, "line", typed.MOST_LINES) or ["0"]


def _add(data: QueryDict, line: str) -> None:
    numbers = _lines(data)
    new = typed.next_number(numbers)
    data.setlist("line", [*numbers, new])
    for name in COPIED:
        value = data.get(f"{numbers[-1]}-{name}", "")
        if name != "target" or value != typed.SPLIT:
            data[f"{new}-{name}"] = value


def _remove(data: QueryDict, line: str) -> None:
    numbers = [each for each in _lines(data) if each != line]
    for name in [name for name in data if name.startswith(f"{line}-")]:
        del data[name]
    data.setlist("line", numbers or ["0"])


def _move(step: int) -> Callable[[QueryDict, str], None]:
    def move(data: QueryDict, line: str) -> None:
        numbers = _lines(data)
        if line in numbers:
            place = numbers.index(line)
            numbers.insert(max(0, place + step), numbers.pop(place))
        data.setlist("line", numbers)

    return move


def _add_portion(data: QueryDict, line: str) -> None:
    numbers = typed.numbers_in(data, f"{line}-portion", typed.MOST_PORTIONS) or ["0", "1"]
    data.setlist(f"{line}-portion", [*numbers, typed.next_number(numbers)])


def _before(data: QueryDict, line: str) -> None:
    if span := typed.span_in(data, line):
        _write(data, typed.period(line, periods.before(span)))


LINE_STEPS = {
    "add": _add, "remove": _remove, "up": _move(-1), "down": _move(1), "add-portion": _add_portion, "before": _before,
}  # fmt: skip
MONTHS = {"month": periods.MONTH, "quarter": periods.QUARTER, "year": periods.YEAR}


def _set_period(data: QueryDict, line: str, months: int, membership: Membership) -> None:
    building, day = _building(data, membership), typed.read_day(data.get("date", ""))
    if day:
        start_month = building.fiscal_year_start_month if building else 1
        _write(data, typed.period(line, periods.period_of(day, months, start_month)))


def _write(data: QueryDict, values: dict[str, str]) -> None:
    for name, value in values.items():
        data[name] = value


# --- Proposals ---
def propose(data: QueryDict, membership: Membership) -> None:
    """Fill what is empty, or still holds an earlier proposal (`guess`), with what the office did last."""
    guesses = _Guesses(data)
    building, supplier = _building(data, membership), _supplier(data, membership)
    day = typed.read_day(data.get("date", ""))
    former = suggestions.of_supplier(supplier, building) if supplier else None
    if day:
        guesses.set("due_on", typed.day(day + timedelta(days=suggestions.DAYS_TO_PAY)))
    if former:
        guesses.set("description", former.head)
    for nth, line in enumerate(_lines(data)):
        if former and nth == 0:
            guesses.set(f"{line}-account", former.account)
            guesses.set(f"{line}-description", former.description)
            guesses.set(f"{line}-vat_rate", typed.number(former.vat_rate))
        guesses.set(f"{line}-vat_rate", typed.number(suggestions.USUAL_VAT_RATE))
        if building is not None:
            _propose_line(guesses, line, building, day, former)
    data["guess"] = json.dumps(guesses.made, separators=(",", ":"))


def _propose_line(
    guesses: "_Guesses", line: str, building: Building, day: date | None, former: suggestions.OfSupplier | None
) -> None:
    data = guesses.data
    if day:
        for name, text in typed.period(line, suggestions.period(day, building, former)).items():
            guesses.set(name, text)
    account = data.get(f"{line}-account", "").strip()
    target = data.get(f"{line}-target", "")
    is_private = target.startswith("u")
    found = suggestions.of_account(building, account, is_private=is_private)
    if found.portions:
        guesses.set(f"{line}-target", typed.SPLIT)
        if data.get(f"{line}-target") == typed.SPLIT and not data.getlist(f"{line}-portion"):
            data.setlist(f"{line}-portion", [str(nth) for nth in range(len(found.portions))])
            for nth, (key_id, percent) in enumerate(found.portions):
                _write(data, {f"{line}-{nth}-key": str(key_id), f"{line}-{nth}-percent": typed.number(percent)})
    elif found.key_id is not None:
        guesses.set(f"{line}-target", typed.key_choice(found.key_id))
    if account:
        guesses.set(f"{line}-day_rule", found.day_rule)
        guesses.set(f"{line}-tenant_percent", typed.number(found.tenant_percent))
    elif not data.get(f"{line}-day_rule"):
        guesses.set(f"{line}-day_rule", ExpenseLine.DayRule.DAYS.value)


class _Guesses:
    """What was proposed: only that, and what is empty, is proposed anew."""

    def __init__(self, data: QueryDict) -> None:
        self.data = data
        try:
            found = json.loads(data.get("guess", "") or "{}")
        except (ValueError, RecursionError):
            found = {}
        self.before: dict[str, str] = found if isinstance(found, dict) else {}
        self.made: dict[str, str] = {}

    def set(self, name: str, value: str) -> None:
        written = self.data.get(name, "").strip()
        if name in self.made:
            return
        if not written or written == self.before.get(name):
            self.data[name] = value
            self.made[name] = value


def _building(data: QueryDict, membership: Membership) -> Building | None:
    text = data.get("building", "")
    return visible_buildings(membership).filter(pk=text).first() if text.isdecimal() and len(text) < 19 else None


def _supplier(data: QueryDict, membership: Membership) -> Supplier | None:
    """The one that is typed, by its name or the one name in which the text stands."""
    text = normalise(data.get("supplier", "").replace("\0", "").strip())
    if not text:
        return None
    found = Supplier.objects.for_organization(membership.organization).in_use()
    exact = found.filter(key=text.replace(" ", "")).first()
    near = [] if exact else list(found.filter(search__contains=text)[:2])
    return exact or (near[0] if len(near) == 1 else None)
