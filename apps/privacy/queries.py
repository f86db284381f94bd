"""What stands in the way of an erasure, what is past its retention, which requests wait."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q

from apps.accounts.models import Organization
from apps.documents.models import Document
from apps.documents.services import PENDING_FOR
from apps.expenses.models import Attachment
from apps.owners.models import HolderMember, Holding, Owner
from apps.privacy.models import LegalHold, PreparedCopy, PrivacyRequest
from apps.privacy.terms import (
    COPY_DAYS,
    FORMER_OWNER_YEARS,
    VOUCHER_YEARS,
    fiscal_year_start,
    months_after,
    years_before,
)

MONTHS = range(1, 13)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an owner's erasure meets on a day."""

    lot: str  # the number of one that they hold or will; "" when there is none
    last_held_on: date | None  # the last day, of who holds nothing any more
    kept_until: date | None  # the first day on which they may be erased; None: at once, or never while they hold
    holds: list[LegalHold]
    is_erased: bool

    @property
    def may_be_erased(self) -> bool:
        return not (self.is_erased or self.holds or self.lot or self.kept_until)

    @property
    def may_lose_contact(self) -> bool:
        """What is needed neither for the accounts nor for the law goes earlier, with a reason."""
        return not (self.is_erased or self.holds or self.may_be_erased)


def standing_of(owner: Owner, today: date) -> Standing:
    """Three statements."""
    held = Holding.objects.for_organization(owner.organization_id).filter(holder__members__owner=owner)
    lasting = held.filter(Q(ends_on=None) | Q(ends_on__gt=today)).order_by("id")
    lot = lasting.values_list("unit__number", flat=True).first() or ""
    ended_on = None if lot else held.aggregate(last=Max("ends_on"))["last"]
    until = months_after(ended_on, 12 * FORMER_OWNER_YEARS) if ended_on else None
    return Standing(
        lot=lot,
        last_held_on=ended_on - timedelta(days=1) if ended_on else None,
        kept_until=until if until and until > today else None,
        holds=list(holds_over(owner)),
        is_erased=owner.is_erased,
    )


def holds_in_force(organization: Organization | int) -> models.QuerySet[LegalHold]:
    return LegalHold.objects.for_organization(organization).filter(lifted_on=None)


def holds_over(owner: Owner) -> models.QuerySet[LegalHold]:
    """Those on the owner, and on the buildings of which they hold or held a lot."""
    buildings = HolderMember.objects.filter(owner=owner).values("holder__building")
    found = holds_in_force(owner.organization_id).filter(Q(owner=owner) | Q(building__in=buildings))
    return found.select_related("owner", "building").order_by("id")


def owners_past_retention(organization: Organization, today: date) -> models.QuerySet[Owner]:
    """Who held a lot, holds none since ten years, and is under no legal hold; the day of their last lot beside each."""
    limit = years_before(today, FORMER_OWNER_YEARS)
    held = Holding.objects.filter(holder__members__owner=OuterRef("pk"))
    there = HolderMember.objects.filter(owner=OuterRef("pk"), holder__building__in=_held_buildings(organization))
    frozen = holds_in_force(organization).filter(owner=OuterRef("pk"))
    owners = Owner.objects.for_organization(organization).filter(
        Exists(held), ~Exists(held.filter(Q(ends_on=None) | Q(ends_on__gt=limit))), ~Exists(there), ~Exists(frozen),
        erased_on=None,
    )  # fmt: skip
    return owners.annotate(ended_on=Max("memberships__holder__holdings__ends_on")).order_by("ended_on", "id")


def vouchers_past_retention(organization: Organization, today: date) -> models.QuerySet[Attachment]:
    """Papers of invoices whose fiscal year ended ten years ago or earlier, in buildings under no legal hold."""
    limit = years_before(today, VOUCHER_YEARS)
    is_past = Q(pk__in=[])
    for month in MONTHS:
        is_past |= Q(
            expense__building__fiscal_year_start_month=month, expense__date__lt=fiscal_year_start(limit, month)
        )
    found = Attachment.objects.for_organization(organization).filter(is_past)
    return found.exclude(expense__building__in=_held_buildings(organization)).order_by("id")


def forgotten_papers(organization: Organization, today: date) -> models.QuerySet[Document]:
    """Brought in with a form that nobody saved."""
    pending = Document.objects.for_organization(organization).filter(is_pending=True)
    return pending.filter(uploaded_at__date__lt=today - PENDING_FOR).order_by("id")


def copies_of(owner: Owner) -> models.QuerySet[PreparedCopy]:
    return PreparedCopy.objects.for_organization(owner.organization_id).filter(owner=owner).order_by("-id")


def old_copies(organization: Organization, today: date) -> models.QuerySet[PreparedCopy]:
    made = PreparedCopy.objects.for_organization(organization)
    return made.filter(made_at__date__lte=today - timedelta(days=COPY_DAYS)).order_by("id")


def requests_in_order(organization: Organization, *, is_open: bool) -> models.QuerySet[PrivacyRequest]:
    """The open ones by their last day, or the answered ones, the latest first."""
    found = PrivacyRequest.objects.for_organization(organization)
    if is_open:
        return found.filter(status=PrivacyRequest.Status.OPEN).order_by("due_on", "id")
    return found.exclude(status=PrivacyRequest.Status.OPEN).order_by("-answered_on", "-id")


def requests_of(owner: Owner) -> models.QuerySet[PrivacyRequest]:
    return PrivacyRequest.objects.for_organization(owner.organization_id).filter(owner=owner).order_by("-id")


def _held_buildings(organization: Organization) -> models.QuerySet[LegalHold]:
    return holds_in_force(organization).filter(building__isnull=False).values("building")  # type: ignore[return-value]
