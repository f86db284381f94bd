"""A row in each table that the admin shows."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction

from apps.accounts.models import Invitation, Membership, Submission
from apps.buildings.models import BankAccount, Building, BuildingAccess
from apps.documents.models import Document
from apps.expenses import services
from apps.expenses.corrections import withdraw_approval
from apps.expenses.models import Attachment, ClosedSpan, Expense, ExpenseLine, LinePortion, LotAmount
from apps.jobs.models import Job
from apps.ops.models import LoadTest
from apps.owners.models import AccountHolder, OpeningBalance, Owner, OwnerAccess
from apps.privacy.models import LegalHold, PreparedCopy, PrivacyRequest
from apps.takeover.models import Takeover
from apps.units.models import DistributionKey, FormerWeight, Reading, Revision, Unit
from tests.factories import (
    NOON,
    KeyFactory,
    MembershipFactory,
    SupplierFactory,
    building_with_lots,
    expense_of,
    weigh,
)

DAY = date(2026, 1, 15)
IBAN = "BE68539007547034"


def one_of_everything(office: Membership) -> None:
    """A building with what may belong to it, and a person; the connection is at work for the office."""
    building = building_with_lots(office.organization, [600, 400])
    expense = expense_of(building)
    services.approve_expense(expense=expense, by=office.user, on=DAY)
    withdrawn = expense_of(building)
    services.approve_expense(expense=withdrawn, by=office.user, on=DAY)
    withdraw_approval(expense=withdrawn, reason="Mauvaise clé", by=office.user, on=DAY)
    _keys(office, building)
    _people(office, building)
    _papers(office, expense)
    ClosedSpan.objects.create(
        organization=office.organization, building=building, starts_on=date(2024, 1, 1), ends_on=date(2025, 1, 1),
        closed_by=office.user, closed_on=DAY,
    )  # fmt: skip
    LoadTest.objects.create(
        started_at=NOON + timedelta(minutes=expense.pk), mix="mixed", portfolio_buildings=1500, seconds=60,
        connections=20, proxy=False, figures={}, kept_at=NOON, kept_by=office.user,
    )  # fmt: skip


def _keys(office: Membership, building: Building) -> None:
    unit = Unit.objects.filter(building=building).order_by("id")[0]
    weigh(KeyFactory(building=building, kind="weights"), {"L1": 1, "L2": 2})
    within = {"organization": building.organization, "building": building}
    revision = Revision.objects.create(
        **within, starts_on=date(2026, 2, 1), total_before=1000, reason="Acte modificatif", made_by=office.user
    )
    FormerWeight.objects.create(organization=building.organization, revision=revision, unit=unit, weight=600)
    Reading.objects.create(
        **within, key=KeyFactory(building=building, kind="consumption"), unit=unit, quantity=12,
        starts_on=date(2025, 1, 1), ends_on=date(2026, 1, 1),
    )  # fmt: skip
    _split_line(building, unit)


def _split_line(building: Building, unit: Unit) -> None:
    """A draft whose line goes half by shares, half by a meter company's amounts."""
    within = {"organization": building.organization, "building": building}
    by_shares = DistributionKey.objects.get(building=building, code="GEN")
    by_amounts = KeyFactory(building=building, kind="amounts")
    with transaction.atomic():
        expense = expense_of(building, "100.00", status=Expense.Status.DRAFT, line_key=None)
        line = ExpenseLine.objects.get(expense=expense)
        for position, key in enumerate([by_shares, by_amounts], start=1):
            LinePortion.objects.create(**within, line=line, position=position, key=key, amount=Decimal(50))
        LotAmount.objects.create(**within, line=line, key=by_amounts, unit=unit, amount=Decimal(50))


def _people(office: Membership, building: Building) -> None:
    organization = office.organization
    BankAccount.objects.create(organization=organization, building=building, kind="current", iban=IBAN)
    SupplierFactory(organization=organization, iban=IBAN, email="a@example.be")
    member = MembershipFactory(organization=organization, role="reader")
    BuildingAccess.objects.create(organization=organization, building=building, membership=member)
    owner = Owner.objects.filter(code__startswith=building.reference).order_by("id")[0]
    OwnerAccess.objects.create(organization=organization, owner=owner, membership=member)
    PrivacyRequest.objects.create(
        organization=organization, owner=owner, kind="access", received_on=DAY, due_on=date(2026, 2, 15)
    )
    LegalHold.objects.create(organization=organization, owner=owner, reason="Litige", placed_on=DAY)
    holder = AccountHolder.objects.filter(building=building).order_by("id")[0]
    OpeningBalance.objects.create(
        organization=organization, building=building, holder=holder, kind="current", amount=Decimal("12.50"), on=DAY
    )
    Invitation.objects.create(
        organization=organization, membership=member, invited_by=office.user, digest=str(member.pk),
        expires_at=NOON + timedelta(days=7),
    )  # fmt: skip


def _papers(office: Membership, expense: Expense) -> None:
    organization, user = office.organization, office.user
    document = Document.objects.create(
        organization=organization, name="a.pdf", path="a", sha256="", size=1, uploaded_by=user, uploaded_at=NOON
    )
    Attachment.objects.create(organization=organization, expense=expense, document=document)
    owner = Owner.objects.for_organization(organization).order_by("id")[0]
    PreparedCopy.objects.create(organization=organization, owner=owner, data=document, paper=document, made_at=NOON)
    job = Job.objects.create(organization=organization, title="Reprise", created_at=NOON, started_by=user)
    Takeover.objects.create(organization=organization, document=document, job=job, started_by=user, started_at=NOON)
    Submission.objects.create(organization=organization, user=user, digest=str(document.pk), address="/", at=NOON)
