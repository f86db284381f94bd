"""The reference workbooks, from file to frozen cents."""

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses.basis import SharesDoNotAddUp
from apps.expenses.charges import Charges, load_charges
from apps.expenses.models import Approval, Expense, LotPart
from apps.owners.models import AccountHolder, Holding, Owner
from apps.takeover import services
from apps.units.models import KeyWeight, Unit
from tests.takeover.files import FAULTY_FILE, REFERENCE_FILES

DATA = Path(__file__).parent.parent / "data"
TILLEULS, PARC = REFERENCE_FILES / "les-tilleuls.xlsx", REFERENCE_FILES / "parc-royal.xlsx"


def take(office: Membership, path: Path, *, approve: bool = True) -> str:
    with path.open("rb") as file:
        return services.import_file(
            office.organization, file, name=path.name, approve=approve, settled_by_predecessor=True, by=office.user
        )


def charges_of_2025(reference: str) -> Charges:
    return load_charges(Building.objects.get(reference=reference), date(2025, 1, 1), date(2025, 12, 31))


def cents(amount: Decimal) -> int:
    return int(amount * 100)


def test_les_tilleuls_gives_the_expected_cents(office: Membership) -> None:
    take(office, TILLEULS)
    expected = json.loads((DATA / "worked" / "les-tilleuls-expected.json").read_text())
    charges = charges_of_2025("TIL")
    assert cents(charges.total) == expected["total"]
    assert {lot.unit.number: cents(lot.total) for lot in charges.lots} == expected["per_lot"]
    assert {owner.member.code: cents(owner.total) for owner in charges.owners} == expected["per_holder"]
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    for number, unit, amount in LotPart.objects.values_list("line__expense__number", "unit__number", "amount"):
        parts[number][unit] = cents(amount)
    assert parts == {line["number"]: line["parts"] for line in expected["lines"]}


def test_parc_royal_gives_what_a_second_reckoning_gives(office: Membership) -> None:
    """38 lots with a sale on 15/09, undivided couples and a usufruct, reckoned again straight from the workbook."""
    take(office, PARC)
    charges = charges_of_2025("PRF")
    per_lot, per_owner = reckon_from_workbook(PARC)
    assert cents(charges.total) == 5453164
    assert {lot.unit.number: cents(lot.total) for lot in charges.lots} == per_lot
    assert {owner.member.code: cents(owner.total) for owner in charges.owners} == per_owner
    assert sum(per_owner.values()) == sum(per_lot.values()) == 5453164


def reckon_from_workbook(path: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Cents per lot and per owner by other means than the product's: no model, no allocate, dates day by day."""
    sheets = {page.title: rows_of(page) for page in openpyxl.load_workbook(path)}
    shares = {row["Lot"]: row["Quotités"] for row in sheets["Lots"]}
    kinds = {row["Code"]: row["Type"] for row in sheets["Clés"]}
    per_lot, per_owner = dict.fromkeys(shares, 0), defaultdict(int)
    for bill in sheets["Dépenses"]:
        listed = {row["Lot"]: row["Poids"] for row in sheets["Poids"] if row["Clé"] == bill["Clé"]}
        weights = shares if kinds[bill["Clé"]] == "quotités" else listed
        lots = [lot for lot in shares if weights.get(lot)]
        parts = largest_remainder(round(bill["TTC"] * 100), [weights[lot] for lot in lots])
        for lot, part in zip(lots, parts, strict=True):
            per_lot[lot] += part
            for owner, owed in owners_of(lot, part, bill, sheets["Propriétés"]):
                per_owner[owner] += owed
    return per_lot, dict(per_owner)


def rows_of(page: Any) -> list[dict[str, Any]]:
    header = [cell.value for cell in page[1]]
    return [dict(zip(header, row, strict=True)) for row in page.iter_rows(min_row=2, values_only=True)]


def largest_remainder(total: int, weights: list[Any]) -> list[int]:
    floors = [total * Fraction(weight) // sum(map(Fraction, weights)) for weight in weights]
    missing = total - sum(floors)
    ranked = sorted(
        range(len(weights)),
        key=lambda i: (-(total * Fraction(weights[i]) / sum(map(Fraction, weights)) % 1), -Fraction(weights[i]), i),
    )
    return [int(floor) + (i in ranked[:missing]) for i, floor in enumerate(floors)]


def owners_of(lot: str, part: int, bill: dict[str, Any], rights: list[dict[str, Any]]) -> list[tuple[str, int]]:
    mine = [row for row in rights if row["Lot"] == lot and row["Droit"] != "nue-propriété"]
    fractions = {row["Copropriétaire"]: Fraction(row["Part"]) for row in mine}
    days: dict[tuple[str, ...], int] = defaultdict(int)
    day = bill["Période du"]
    while day <= bill["Période au"]:
        holding = [row for row in mine if row["Du"] <= day and (not row["Au"] or day <= row["Au"])]
        days[tuple(row["Copropriétaire"] for row in holding)] += 1
        day += timedelta(days=1)
    owed: list[tuple[str, int]] = []
    for codes, amount in zip(days, largest_remainder(part, list(days.values())), strict=True):
        owed += zip(sorted(codes), largest_remainder(amount, [fractions[c] for c in sorted(codes)]), strict=True)
    return owed


def test_the_same_file_again_changes_nothing_and_says_so(office: Membership) -> None:
    take(office, PARC)
    before = AuditEvent.objects.exclude(action="imported").count()
    assert take(office, PARC) == "Tout ce que contient ce fichier était déjà enregistré : rien n'a changé."
    assert AuditEvent.objects.exclude(action="imported").count() == before


def test_holders_and_holdings_are_what_the_file_says(office: Membership) -> None:
    take(office, PARC, approve=False)
    assert (Unit.objects.count(), Owner.objects.count(), Holding.objects.count()) == (38, 27, 40)
    # 27 owners, of whom three pairs share: one holder for each pair, over however many lots
    assert AccountHolder.objects.count() == 24
    sold = Holding.objects.filter(unit__number="4D").order_by("starts_on").values_list("starts_on", "ends_on")
    assert list(sold) == [(date(2008, 1, 1), date(2025, 9, 15)), (date(2025, 9, 15), None)]
    assert set(Expense.objects.values_list("status", flat=True)) == {"draft"}


def test_approval_at_takeover_is_marked_and_on_the_day_of_the_invoice(office: Membership) -> None:
    take(office, TILLEULS)
    approval = Approval.objects.select_related("expense").get(expense__number="T-5521")
    assert (approval.approved_on, approval.at_takeover, approval.settled_by_predecessor) == (
        date(2025, 9, 3),
        True,
        True,
    )


def test_a_file_with_faults_writes_nothing(office: Membership) -> None:
    with pytest.raises(services.HasFaults) as refusal:
        take(office, FAULTY_FILE)
    assert len(refusal.value.args[0]) == 16
    assert not Building.objects.exists()
    assert not Owner.objects.exists()


def test_it_is_all_or_nothing_when_an_approval_fails(office: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last invoice's approval is refused: buildings, owners and the earlier approvals go with it."""
    real, seen = services.approve_plan, []

    def refuse_after_writing(*args: Any, **kwargs: Any) -> int:
        seen.append(real(*args, **kwargs))
        raise SharesDoNotAddUp(999, 1000)

    monkeypatch.setattr(services, "approve_plan", refuse_after_writing)
    with pytest.raises(services.CannotApprove):
        take(office, TILLEULS)
    assert seen == [9]
    assert (Building.objects.count(), Expense.objects.count(), KeyWeight.objects.count()) == (0, 0, 0)


def test_the_import_is_one_event_with_its_summary(office: Membership) -> None:
    summary = take(office, TILLEULS)
    event = AuditEvent.objects.get(action="imported")
    assert event.changes["summary"] == [None, summary]
    assert summary == "Repris : 1 immeuble, 8 lots, 6 copropriétaires, 9 factures. 9 factures approuvées."
