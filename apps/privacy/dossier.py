"""Everything that is held about one owner, in plain values (GDPR art. 15 and 20)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.audit.models import AuditEvent, PersonalValue
from apps.buildings.models import Building
from apps.expenses.apportionment import member_parts
from apps.expenses.basis import Basis, LotWithoutHolder, load_basis
from apps.expenses.models import Attachment, LotPart
from apps.expenses.queries import span_of
from apps.owners.models import AccountHolder, HolderMember, OpeningBalance, Owner, OwnerAccess
from apps.owners.queries import OwnedLot, holders, owned_lots
from apps.privacy.models import PrivacyRequest
from apps.privacy.queries import requests_of

FORMAT = "koprogo-personal-data/1"
LARGE = 2_000  # frozen parts of lots: about a second
IDENTITY = [
    "code", "kind", "salutation", "first_name", "name", "language", "email", "phone", "street", "postcode", "city",
    "country", "iban", "enterprise_number", "archived_on", "restricted_on", "mail_objection_on", "erased_on",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnerCharge:
    """What one owner bears of one lot's part of a line (EUR) over some days, both included.

    `amount` None: by now nobody is noted as the lot's holder on some of these days.
    """

    building: str
    lot: str
    dated: date
    supplier: str
    number: str
    line: int
    description: str
    account: str
    first: date
    last: date
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Happening:
    """An event about the owner's card; `values`: field → what it was and became."""

    at: datetime
    by: str
    action: str
    table: str
    values: dict[str, list[Any]]
    reason: str


@dataclass(frozen=True)
class Dossier:
    owner: Owner
    made_at: datetime
    lots: list[OwnedLot]
    account_holders: list[dict[str, Any]]
    opening_balances: list[dict[str, Any]]
    charges: list[OwnerCharge]
    documents: list[dict[str, Any]]
    accesses: list[dict[str, Any]]
    requests: list[PrivacyRequest]
    events: list[Happening]

    @property
    def charges_by_year(self) -> list[tuple[int, str, str, Decimal]]:
        """(year, building, lot, sum)"""
        sums: dict[tuple[int, str, str], Decimal] = defaultdict(Decimal)
        for charge in self.charges:
            sums[charge.dated.year, charge.building, charge.lot] += charge.amount or 0
        return [(*place, total) for place, total in sums.items()]

    @property
    def charges_total(self) -> Decimal:
        return sum((charge.amount or Decimal(0) for charge in self.charges), Decimal(0))

    def as_data(self) -> dict[str, Any]:
        """For a file that a program reads: names of fields as the product has them."""
        return {
            "format": FORMAT,
            "made_at": self.made_at,
            "controller": {"office": self.owner.organization.name},
            "identity": {name: getattr(self.owner, name) for name in IDENTITY},
            "lots": [asdict(lot) for lot in self.lots],
            "account_holders": self.account_holders,
            "opening_balances": self.opening_balances,
            "charges": [asdict(charge) for charge in self.charges],
            "charges_total": self.charges_total,
            "documents": self.documents,
            "accesses": self.accesses,
            "requests": [
                {"kind": each.kind, "status": each.status, "received_on": each.received_on, "due_on": each.due_on,
                 "note": each.note, "extension_reason": each.extension_reason, "answered_on": each.answered_on,
                 "answer": each.answer}
                for each in self.requests
            ],
            "events": [asdict(event) for event in self.events],
        }  # fmt: skip


def is_large(owner: Owner) -> bool:
    """Whether the copy takes longer than a person should wait for a page."""
    found = (part for building in _buildings(owner) for part in _parts(owner, building).values("pk")[: LARGE + 1])
    return sum(1 for _part in islice(found, LARGE + 1)) > LARGE


def load_dossier(owner: Owner, at: datetime) -> Dossier:
    """About ten statements, and six more for each building in which they hold or held a lot."""
    buildings = _buildings(owner)
    charged = [found for building in buildings for found in _charges(owner, building)]
    return Dossier(
        owner, at, owned_lots(Owner.objects.filter(pk=owner.pk), buildings), _account_holders(owner),
        _opening_balances(owner), [charge for _expense, charge in charged],
        _documents(owner, {expense for expense, _charge in charged}), _accesses(owner), list(requests_of(owner)),
        list(_events(owner)),
    )  # fmt: skip


def _buildings(owner: Owner) -> QuerySet[Building]:
    memberships = HolderMember.objects.for_organization(owner.organization_id).filter(owner=owner)
    found = Building.objects.for_organization(owner.organization_id)
    return found.filter(pk__in=memberships.values("holder__building")).order_by("search", "id")


def _account_holders(owner: Owner) -> list[dict[str, Any]]:
    found = AccountHolder.objects.for_organization(owner.organization_id).filter(members__owner=owner)
    names = holders(found)
    rows = found.order_by("building__search", "id").values_list("id", "building__name").distinct()
    return [{"building": building, "members": names[pk].name} for pk, building in rows]


def _opening_balances(owner: Owner) -> list[dict[str, Any]]:
    found = OpeningBalance.objects.for_organization(owner.organization_id).filter(holder__members__owner=owner)
    rows = found.order_by("building__search", "id").distinct().values_list("building__name", "kind", "amount", "on")
    return [dict(zip(["building", "kind", "amount", "on"], row, strict=True)) for row in rows]


def _charges(owner: Owner, building: Building) -> Iterator[tuple[int, OwnerCharge]]:
    """(expense, charge), in order of time."""
    basis = load_basis(building)
    for part in _parts(owner, building):
        yield from ((part.line.expense_id, charge) for charge in _own_charges(owner, basis, part))


def _parts(owner: Owner, building: Building) -> QuerySet[LotPart]:
    """The frozen parts of every lot that they hold or held in the building."""
    lots = AccountHolder.objects.filter(building=building, members__owner=owner).values("holdings__unit")
    found = LotPart.objects.for_organization(owner.organization_id).in_force()
    order = ["line__expense__date", "line__expense_id", "line__position", "id"]
    found = found.filter(unit__in=lots, line__is_current=True)
    return found.select_related("line__expense__supplier", "unit").order_by(*order)


def _own_charges(owner: Owner, basis: Basis, part: LotPart) -> Iterator[OwnerCharge]:
    line, expense = part.line, part.line.expense
    told = (
        basis.building.name, part.unit.number, expense.date, expense.supplier.name, expense.number, line.position,
        line.description, line.account,
    )  # fmt: skip
    span = span_of(line, expense)
    try:
        held = basis.holders_of(part.unit_id, part.amount, span)
    except LotWithoutHolder:
        yield OwnerCharge(*told, span.start, span.last, None)
        return
    for each in held:
        for share in member_parts(each.amount, each.period.holder.members):
            if share.member.owner_id == owner.pk:
                yield OwnerCharge(*told, each.span.start, each.span.last, share.amount)


def _documents(owner: Owner, expenses: set[int]) -> list[dict[str, Any]]:
    """The papers of the invoices of which they bear a part."""
    found = Attachment.objects.for_organization(owner.organization_id).filter(expense__in=expenses)
    rows = found.order_by("expense__date", "id").values_list("expense__date", "expense__number", "document__name")
    return [{"dated": dated, "invoice": number, "name": name} for dated, number, name in rows]


def _accesses(owner: Owner) -> list[dict[str, Any]]:
    found = OwnerAccess.objects.for_organization(owner.organization_id).filter(owner=owner)
    return [
        {
            "email": access.membership.user.email,
            "name": access.membership.user.name,
            "is_active": access.membership.is_active,
            "last_sign_in": access.membership.user.last_login,
        }
        for access in found.select_related("membership__user").order_by("id")
    ]


def _events(owner: Owner) -> Iterator[Happening]:
    """What happened to their card and to what hangs on it, who looked it up and who took a copy; the latest first."""
    found = AuditEvent.objects.for_organization(owner.organization_id).filter(
        Q(table=Owner._meta.db_table, object_id=owner.pk) | Q(belongs_to=f"owner_id {owner.pk}")
    )
    events = list(found.order_by("-id"))
    people = dict(User.objects.filter(pk__in={event.actor_id for event in events}).values_list("pk", "name"))
    values = _personal_values(events)
    for event in events:
        changes = {field: [_told(each, values) for each in _pair(pair)] for field, pair in event.changes.items()}
        by = people.get(event.actor_id or 0, event.actor)
        yield Happening(event.at, by, event.action, event.table, changes, event.reason)


def _personal_values(events: Iterable[AuditEvent]) -> dict[int, Any]:
    references = {
        each["personal"]
        for event in events
        for pair in event.changes.values()
        for each in _pair(pair)
        if isinstance(each, dict) and "personal" in each
    }
    return dict(PersonalValue.objects.filter(pk__in=references).values_list("pk", "value"))


def _pair(changed: Any) -> list[Any]:
    return changed if isinstance(changed, list) else [None, changed]


def _told(value: Any, values: dict[int, Any]) -> Any:
    return values.get(value["personal"]) if isinstance(value, dict) and "personal" in value else value
