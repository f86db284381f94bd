"""The three offices of the demonstration, founded and worked in through the same services as any other."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import BinaryIO

from django.db import transaction
from django.utils import timezone

from apps.accounts.demo import DEMO_LANGUAGES, DEMO_ORGANIZATIONS, DEMO_PASSWORD, DEMO_PEOPLE, DEMO_STAFF
from apps.accounts.models import Membership, Organization, User
from apps.accounts.permissions import Role
from apps.buildings.models import Building, BuildingAccess
from apps.expenses import services as steps
from apps.expenses.models import Expense
from apps.owners.models import Owner, OwnerAccess
from apps.takeover.demo import DEMO_WORKBOOKS
from apps.takeover.demo.eupen import eupen
from apps.takeover.demo.sheets import as_workbook
from apps.takeover.demo.zeezicht import zeezicht
from apps.takeover.services import import_file
from koprogo.context import COMMAND_LINE, working_as

# Which building the reader was given to see, and which owner the co-owner is.
READS = {"delta": "TIL"}
IS_OWNER = {"delta": "CLA", "kust": "Z001"}
# The newest invoices still wait for somebody.
WAITING = [Expense.Status.DRAFT, Expense.Status.SUBMITTED, Expense.Status.SUBMITTED, Expense.Status.REJECTED]
ALL_APPROVED = "TIL"


@transaction.atomic
def make_organization(slug: str) -> bool:
    """Found one office with its people, buildings and a year of invoices; False: it is there already."""
    if Organization.objects.filter(slug=slug).exists():
        return False
    organization = Organization.objects.create(name=DEMO_ORGANIZATIONS[slug], slug=slug, language=DEMO_LANGUAGES[slug])
    with working_as(organization_id=organization.pk, actor=COMMAND_LINE):
        members = {role: _member(organization, role, email, name) for role, email, name in DEMO_PEOPLE[slug]}
        for name, file in _workbooks(slug):
            with file:
                import_file(organization, file, name=name, approve=False, settled_by_predecessor=False, by=None)
        _give_access(organization, slug, members)
        for building in Building.objects.for_organization(organization):
            _work_through(building, members)
    return True


def make_staff() -> None:
    for email, name in DEMO_STAFF:
        if not User.objects.filter(email=email).exists():
            User.objects.create_superuser(email, DEMO_PASSWORD, name=name)


def _member(organization: Organization, role: Role, email: str, name: str) -> Membership:
    user = User.objects.create_user(email, DEMO_PASSWORD, name=name, language=organization.language)
    return Membership.objects.create(organization=organization, user=user, role=role)


def _workbooks(slug: str) -> Iterator[tuple[str, BinaryIO]]:
    match slug:
        case "delta":
            for name in ("les-tilleuls.xlsx", "parc-royal.xlsx"):
                yield name, (DEMO_WORKBOOKS / name).open("rb")
        case "kust":
            yield "zeezicht.xlsx", as_workbook(zeezicht())
        case "eupen":
            yield "kirchstrasse.xlsx", as_workbook(eupen())


def _give_access(organization: Organization, slug: str, members: dict[Role, Membership]) -> None:
    if slug in READS:
        building = Building.objects.get(organization=organization, reference=READS[slug])
        BuildingAccess.objects.create(organization=organization, building=building, membership=members[Role.READER])
    if slug in IS_OWNER:
        owner = Owner.objects.get(organization=organization, code=IS_OWNER[slug])
        OwnerAccess.objects.create(organization=organization, owner=owner, membership=members[Role.OWNER])


def _work_through(building: Building, members: dict[Role, Membership]) -> None:
    """Submit, approve and pay the year's invoices; the newest ones still wait."""
    manager = members[Role.MANAGER].user
    clerk = members.get(Role.ASSISTANT, members.get(Role.ACCOUNTANT, members[Role.MANAGER])).user
    expenses = list(
        Expense.objects.for_organization(building.organization_id).filter(building=building).order_by("-date", "-id")
    )
    waiting = [] if building.reference == ALL_APPROVED else WAITING[: len(expenses) // 3]
    for status, expense in zip(waiting, expenses, strict=False):
        if status != Expense.Status.DRAFT:
            steps.submit_expense(expense=expense, by=clerk, at=_noon(expense, days=3))
        if status == Expense.Status.REJECTED:
            steps.reject_expense(
                expense=expense, reason="Le montant ne correspond pas au devis : demander une note de crédit."
            )
    for position, expense in enumerate(expenses[len(waiting) :]):
        steps.submit_expense(expense=expense, by=clerk, at=_noon(expense, days=3))
        steps.approve_expense(expense=expense, by=manager, on=expense.date + timedelta(days=5))
        if position >= 2:
            steps.pay_expense(expense=expense, on=expense.date + timedelta(days=20))


def _noon(expense: Expense, *, days: int) -> datetime:
    return timezone.make_aware(datetime.combine(expense.date + timedelta(days=days), time(12)))
