"""Lots over all buildings, and the page of one lot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from apps.accounts.access import MemberRequest, reads
from apps.accounts.queries import member_of
from apps.buildings.models import Building
from apps.expenses.models import LotPart
from apps.owners.models import AccountHolder, HolderMember, Holding, OpeningBalance
from apps.owners.queries import HoldingPeriod, holders, holders_on, named
from apps.units.models import Unit
from apps.units.queries import visible_units, weights_of
from koprogo.formats import labels_of, without_zeros
from koprogo.jinja import render
from koprogo.listing import Listing, asked_order, asks_for_archive, page_or_fragment, searched_words

UNIT_FIELDS = ["id", "number", "building_id", "building_name", "kind", "floor", "share", "members"]
UNIT_ORDERS = {
    "number": ["search"],
    "building": ["building__search", "building_id", "position"],
    "share": ["share"],
}
PARTS_SHOWN = 25


@dataclass(slots=True)
class UnitRow:
    """One lot in a list; `members`: first name, name and right of each who holds it today."""

    id: int
    number: str
    building_id: int
    building: str
    kind: str
    floor: int | None
    share: int
    members: Sequence[Sequence[str]] | None

    @property
    def holder(self) -> str:
        names: dict[str, None] = {}
        for first, name, right in self.members or []:
            names[named(f"{first} {name}" if first else name, right)] = None
        return ", ".join(names)

    @property
    def kind_in_words(self) -> str:
        return labels_of(Unit.Kind)[self.kind]


def _listed(
    role: str,
    is_archive: bool,
    is_by_building: bool,
    *,
    organization: int,
    membership: int,
    today: date,
    words: str = "",
) -> QuerySet[Unit]:
    found = visible_units(member_of(role, organization, membership)).filter(archived_on__isnull=not is_archive)
    if not is_archive and is_by_building:
        found = found.filter(building__archived_on=None)
    elif not is_archive:
        # In an order of their own a join would have all lots sorted: here the few buildings set aside are a list.
        aside = Building.objects.for_organization(organization).exclude(archived_on=None)
        found = found.exclude(building__in=aside)
    if words:
        found = found.filter(Q(search__contains=words) | Q(building__search__contains=words))
    # Where buildings give the order they are joined anyway; elsewhere asked for the rows of the page.
    asked = Subquery(Building.objects.filter(pk=OuterRef("building_id")).values("name"))
    return found.annotate(members=holders_on(today), building_name=F("building__name") if is_by_building else asked)


UNITS = Listing(_listed, UNIT_FIELDS, UnitRow, orders=UNIT_ORDERS, default="building")


@reads("see")
def units(request: MemberRequest) -> HttpResponse:
    member, is_archive, words = request.membership, asks_for_archive(request), searched_words(request)
    page = UNITS.read(
        request, member.role, is_archive, asked_order(request, UNIT_ORDERS, "building").endswith("building"),
        organization=member.organization_id, membership=member.pk, today=timezone.localdate(),
        **({"words": words} if words else {}),
    )  # fmt: skip
    context = {"page": page, "words": words, "is_archive": is_archive}
    return render(request, page_or_fragment(request, "units/list.html", "units/_table.html"), context)


@reads("see")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(visible_units(request.membership).select_related("building"), pk=pk)
    today = timezone.localdate()
    periods = _periods(unit)
    context = {
        "unit": unit,
        "kind": labels_of(Unit.Kind)[unit.kind],
        "area": unit.area and without_zeros(unit.area),
        "weights": weights_of(unit),
        "periods": [(period, period.lasts_on(today)) for period in periods],
        "rights": labels_of(HolderMember.Right, is_capital=False),
        "balances": _balances(unit, periods),
        "parts": _parts(unit),
        "parts_shown": PARTS_SHOWN,
    }
    return render(request, "units/detail.html", context)


def _periods(unit: Unit) -> list[HoldingPeriod]:
    """Who held the lot, the latest first. Two statements."""
    holdings = Holding.objects.for_organization(unit.organization_id).filter(unit=unit)
    found = holders(AccountHolder.objects.filter(pk__in=holdings.values("holder")))
    rows = holdings.order_by("-starts_on", "-id").values_list("holder_id", "starts_on", "ends_on")
    return [HoldingPeriod(unit.pk, found[holder_id], starts_on, ends_on) for holder_id, starts_on, ends_on in rows]


def _balances(unit: Unit, periods: list[HoldingPeriod]) -> list[tuple[str, str, date, Decimal]]:
    """What those who held the lot brought along at the takeover, over all their lots here: holder, kind, day, EUR."""
    names = {period.holder.id: period.holder.name for period in periods}
    kinds = labels_of(OpeningBalance.Kind)
    rows = (
        OpeningBalance.objects.for_organization(unit.organization_id)
        .filter(holder__in=names)
        .order_by("on", "holder_id", "kind", "id")
    )
    return [
        (names[holder_id], kinds[kind], on, amount)
        for holder_id, kind, on, amount in rows.values_list("holder_id", "kind", "on", "amount")
    ]


@dataclass(slots=True)
class PartRow:
    """What the lot bears of one line of an approved expense (EUR)."""

    expense_id: int
    date: date
    supplier: str
    description: str
    amount: Decimal


def _parts(unit: Unit) -> list[PartRow]:
    """The latest, one more than is shown."""
    parts = LotPart.objects.for_organization(unit.organization_id).in_force().filter(unit=unit)
    rows = parts.order_by("-line__expense__date", "-line__expense_id", "line__position", "id").values_list(
        "line__expense_id", "line__expense__date", "line__expense__supplier__name", "line__description", "amount"
    )
    return [PartRow(*values) for values in rows[: PARTS_SHOWN + 1]]
