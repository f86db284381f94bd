"""Changes of hands, read from a building's holdings and written back to them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date

from django.db import models, transaction
from django.db.models.functions import Cast, Substr

from apps.accounts.models import Organization
from apps.audit.services import record
from apps.buildings.models import Building
from apps.owners.changes import History, Right, Rights, Tenure
from apps.owners.models import Holding, Owner
from apps.owners.queries import Holder, HoldingPeriod, Member, holding_periods
from apps.owners.services import create_owner, find_or_create_holder
from apps.units.models import Unit

CODE_PREFIX = "C"


class HandsChangedMeanwhile(Exception):
    """Somebody else has changed who holds one of these lots."""


@dataclass(frozen=True, slots=True)
class Party:
    """An owner in a change of hands; with an id below zero one who is recorded together with it."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new owner who comes with a change of hands."""

    kind: str
    name: str
    first_name: str
    language: str
    street: str
    postcode: str
    city: str
    country: str

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class LotChange:
    """Who held a lot, and who holds it after the change."""

    unit: Unit
    before: History
    after: History


@dataclass
class Hands:
    """Who holds the lots of a building: their histories, and the owners whom these name."""

    building: Building
    histories: dict[int, History]
    parties: dict[int, Party] = field(default_factory=dict)

    def history(self, unit: Unit) -> History:
        return self.histories.get(unit.pk, ())

    def periods(self, unit: Unit, history: History) -> list[HoldingPeriod]:
        """A history as the reckoning of charges takes it; its holders need not be recorded."""
        return [HoldingPeriod(unit.pk, self._holder(each.rights), each.starts_on, each.ends_on) for each in history]

    def _holder(self, rights: Rights) -> Holder:
        members = []
        for each in rights:
            party = self.parties[each.owner_id]
            members.append(Member(party.id, party.code, party.name, each.right, each.fraction))
        return Holder(0, tuple(sorted(members, key=lambda member: (member.code, member.right))))


def load_hands(building: Building) -> Hands:
    """Two statements."""
    hands = Hands(building, {})
    for unit_id, periods in holding_periods(building).items():
        hands.histories[unit_id] = tuple(_tenure(period) for period in periods)
        for period in periods:
            hands.parties |= {
                each.owner_id: Party(each.owner_id, each.code, each.name) for each in period.holder.members
            }
    return hands


def _tenure(period: HoldingPeriod) -> Tenure:
    rights = sorted(Right(each.owner_id, each.right, each.fraction) for each in period.holder.members)
    return Tenure(period.starts_on, period.ends_on, tuple(rights))


@transaction.atomic
def change_hands(
    *, building: Building, changes: Sequence[LotChange], newcomers: Mapping[int, tuple[str, Newcomer]], action: str,
    reason: str = "",
) -> None:  # fmt: skip
    """Write who holds these lots from now on, and the new owners (code and identity by number below zero).

    Approvals in the building and other changes of hands wait. `action` names the event of each lot in the journal.
    Raises HandsChangedMeanwhile; PostgreSQL refuses what the days of issued charges rest on
    (`holdings_under_issued_charges_are_frozen`).
    """
    Building.objects.select_for_update(no_key=True).get(pk=building.pk)
    hands = load_hands(building)
    if any(hands.history(change.unit) != change.before for change in changes):
        raise HandsChangedMeanwhile
    new = {
        number: create_owner(organization=building.organization, identity={"code": code} | asdict(newcomer))
        for number, (code, newcomer) in newcomers.items()
    }
    known = {right.owner_id for change in changes for each in change.after for right in each.rights}
    owners = new | Owner.objects.for_organization(building.organization_id).in_bulk(known - new.keys())
    for change in changes:
        _write(change, owners)
        record(action, organization_id=building.organization_id, on=change.unit, reason=reason)


def _write(change: LotChange, owners: Mapping[int, Owner]) -> None:
    """Rows that stay keep their number. What leaves or shrinks goes first: at no moment do two rows overlap."""
    unit = change.unit
    wanted = [(each.starts_on, each.ends_on, _holder_id(unit, each.rights, owners)) for each in change.after]
    stored = list(Holding.objects.for_organization(unit.organization_id).filter(unit=unit).order_by("starts_on"))
    pairs = _paired(stored, wanted)
    kept = {holding.pk for holding, _ in pairs}
    for holding in stored:
        if holding.pk not in kept:
            holding.delete()
    for holding, (starts_on, ends_on, holder_id) in sorted(pairs, key=lambda pair: not _shrinks(*pair)):
        if (holding.starts_on, holding.ends_on, holding.holder_id) != (starts_on, ends_on, holder_id):
            holding.starts_on, holding.ends_on, holding.holder_id = starts_on, ends_on, holder_id
            holding.save(update_fields=["starts_on", "ends_on", "holder"])
    taken = [place for _, place in pairs]
    Holding.objects.bulk_create(
        Holding(organization_id=unit.organization_id, building_id=unit.building_id, unit=unit, starts_on=starts_on,
                ends_on=ends_on, holder_id=holder_id)
        for starts_on, ends_on, holder_id in wanted if (starts_on, ends_on, holder_id) not in taken
    )  # fmt: skip


Row = tuple[date, date | None, int]


def _paired(stored: Iterable[Holding], wanted: Sequence[Row]) -> list[tuple[Holding, Row]]:
    """Which row becomes which: that of the same holder whose days touch, else the one with the same first day."""
    pairs: list[tuple[Holding, Row]] = []
    left, rows = list(wanted), list(stored)
    for fits in (_same_holder, _same_start):
        for holding in list(rows):
            if place := next((each for each in left if fits(holding, each)), None):
                pairs.append((holding, place))
                left.remove(place)
                rows.remove(holding)
    return pairs


def _same_holder(holding: Holding, row: Row) -> bool:
    starts_on, ends_on, holder_id = row
    return (
        holding.holder_id == holder_id
        and (holding.ends_on is None or starts_on < holding.ends_on)
        and (ends_on is None or holding.starts_on < ends_on)
    )


def _same_start(holding: Holding, row: Row) -> bool:
    return holding.starts_on == row[0]


def _shrinks(holding: Holding, row: Row) -> bool:
    starts_on, ends_on, _ = row
    return starts_on >= holding.starts_on and (
        holding.ends_on is None or (ends_on is not None and ends_on <= holding.ends_on)
    )


def _holder_id(unit: Unit, rights: Rights, owners: Mapping[int, Owner]) -> int:
    members = [(owners[each.owner_id], each.right, each.fraction) for each in rights]
    return find_or_create_holder(building=unit.building, members=members).pk


def next_codes(organization: Organization, count: int) -> list[str]:
    """Codes for new owners, C0001 and so on, that nobody has."""
    taken = Owner.objects.for_organization(organization).filter(code__regex=rf"^{CODE_PREFIX}[0-9]{{4,9}}$")
    number = Cast(Substr("code", len(CODE_PREFIX) + 1), models.BigIntegerField())
    last = taken.aggregate(last=models.Max(number))["last"] or 0
    return [f"{CODE_PREFIX}{last + 1 + each:04}" for each in range(count)]
