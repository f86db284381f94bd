"""A plan as it is shown and kept: plain data for JSON."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from apps.owners.models import OpeningBalance
from apps.takeover.plan import Entry, HoldingChange, Plan
from apps.takeover.reading import Fault
from apps.takeover.reading.faults import day
from apps.takeover.reading.holdings import HoldingPiece
from apps.takeover.reading.sheets import SHEETS
from apps.units.models import Unit
from koprogo import formats

SHOWN = 500  # faults and changes beyond are counted only
TITLES = {sheet.field: sheet.title for sheet in SHEETS}


@dataclass
class Preview:
    counts: list[list[Any]] = field(default_factory=list)  # sheet, rows, new, changed, the same
    faults: list[list[str]] = field(default_factory=list)  # place, column, value, message
    fault_count: int = 0
    warnings: list[str] = field(default_factory=list)
    changes: list[list[str]] = field(default_factory=list)  # sheet, what, field, before, after
    change_count: int = 0
    balances: list[list[str]] = field(default_factory=list)  # building, kind, total
    changes_nothing: bool = False
    to_approve: int = 0
    row_count: int = 0
    unreadable: str = ""  # one sentence, instead of all the rest


def describe(plan: Plan, faults: list[Fault]) -> Preview:
    changes = [row for entry in plan.entries for row in _changes(entry)]
    changes += [row for change in plan.holdings if change.before for row in _holding_changes(change)]
    kinds = dict(OpeningBalance.Kind.choices)
    return Preview(
        counts=_counts(plan),
        faults=[_fault(fault) for fault in faults[:SHOWN]],
        fault_count=len(faults) + plan.reading.left_out,
        warnings=[str(warning) for warning in plan.reading.warnings[:SHOWN]],
        changes=changes[:SHOWN],
        change_count=len(changes),
        balances=[
            [building, str(kinds[kind]), formats.euro(total)]
            for (building, kind), total in plan.reading.balance_totals().items()
        ],
        changes_nothing=plan.changes_nothing,
        to_approve=plan.to_approve,
        row_count=sum(plan.reading.counts.values()),
    )


def _fault(fault: Fault) -> list[str]:
    place = f"{fault.sheet}!{fault.column_letter}{fault.row}" if fault.row else fault.sheet
    return [place, fault.column, fault.value, str(fault.message)]


def _counts(plan: Plan) -> list[list[Any]]:
    lines = [line for invoice in plan.invoices for line in invoice.lines]
    entries = {
        "buildings": plan.buildings, "units": plan.units, "owners": plan.owners, "keys": plan.keys,
        "weights": plan.weights, "expenses": lines, "balances": plan.balances,
    }  # fmt: skip
    rows = []
    for sheet in SHEETS:
        count = plan.reading.counts.get(sheet.title, 0)
        if sheet.field == "ownerships":
            touched = sum(len(change.rows) for change in plan.holdings)
            new = sum(len(change.rows) for change in plan.holdings if not change.before)
            rows.append([sheet.title, count, new, touched - new, count - touched])
        else:
            found = entries[sheet.field]
            new, same = sum(entry.stored is None for entry in found), sum(entry.is_same for entry in found)
            rows.append([sheet.title, count, new, len(found) - new - same, same])
    return rows


def _changes(entry: Entry) -> list[list[str]]:
    headers = {
        column.field: column.header for sheet in SHEETS if sheet.field == entry.sheet for column in sheet.columns
    }
    headers |= {"current": headers.get("current_iban", ""), "reserve": headers.get("reserve_iban", ""),
                "unit": headers.get("private_unit", ""), "position": _("Ordre"), "amount": _("Total")}  # fmt: skip
    if entry.stored is None:
        return []
    return [
        [TITLES[entry.sheet], entry.label, str(headers.get(name, name)), _shown(before), _shown(after)]
        for name, (before, after) in entry.changes.items()
    ]


def _holding_changes(change: HoldingChange) -> list[list[str]]:
    label = " ".join(change.place)
    return [[TITLES["ownerships"], label, _("Titulaires"), _history(change.before), _history(change.after)]]


def _history(pieces: list[HoldingPiece]) -> str:
    return " ; ".join(
        _("%(codes)s dès le %(day)s") % {"codes": _codes(piece), "day": day(piece.starts_on)} for piece in pieces
    )


def _codes(piece: HoldingPiece) -> str:
    return " + ".join(dict.fromkeys(member.owner for member in piece.members))


def _shown(value: Any) -> str:
    match value:
        case None | "":
            return "–"
        case Decimal():
            return formats.number(value)
        case date():
            return day(value)
    return str(dict(Unit.Kind.choices).get(value, value))
