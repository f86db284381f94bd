"""Requests about one's data, restriction and objection, legal holds, erasure."""

from collections.abc import Iterable
from datetime import date, datetime
from io import BytesIO

from django.db import connection, models, transaction
from django.utils import translation
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from apps.accounts.models import Organization, User
from apps.accounts.permissions import Role
from apps.accounts.services import end_membership
from apps.audit.services import record
from apps.buildings.models import Building
from apps.documents.services import keep_document, remove_documents
from apps.expenses.models import Attachment
from apps.jobs.models import Job
from apps.jobs.services import create_job
from apps.owners.models import ERASED_WHOLLY, PERSONAL, Owner, OwnerAccess
from apps.owners.services import unlink_owner
from apps.privacy.models import LegalHold, PreparedCopy, PrivacyRequest
from apps.privacy.queries import copies_of, standing_of
from apps.privacy.terms import due_on

PDF, JSON = "application/pdf", "application/json"
FORGET = "SELECT forget_personal_values(%s, %s, %s)"
# Needed neither to reach a holder by registered post (DOMAIN.md GA-03) nor by the accounts.
CONTACT = ["email", "phone", "iban"]
ADDRESS = ["street", "postcode", "city"]
RETENTION_TASK = "apps.privacy.tasks.apply_retention"
COPY_TASK = "apps.privacy.tasks.prepare_copy"


class RequestIsAnswered(Exception):
    """What was answered is neither extended nor answered again."""


class AlreadyExtended(Exception):
    """A request is extended once."""


class MayNotBeErased(Exception):
    """They hold a lot, a retention runs, a legal hold is in force, or they are erased already: see `standing_of`."""


class AlreadyHeld(Exception):
    """A legal hold is in force there already."""


@transaction.atomic
def log_request(*, owner: Owner, kind: str, received_on: date, note: str) -> PrivacyRequest:
    """Its clock runs from the day on which it was received."""
    return PrivacyRequest.objects.create(
        organization_id=owner.organization_id, owner=owner, kind=kind, received_on=received_on, note=note,
        due_on=due_on(received_on),
    )  # fmt: skip


@transaction.atomic
def extend_request(*, request: PrivacyRequest, reason: str) -> None:
    """Two months more; the person is told why within the first (GDPR art. 12.3).

    Raises RequestIsAnswered, AlreadyExtended.
    """
    locked = _open_request(request)
    if locked.is_extended:
        raise AlreadyExtended
    locked.due_on, locked.extension_reason = due_on(locked.received_on, is_extended=True), reason
    locked.save(update_fields=["due_on", "extension_reason"])


@transaction.atomic
def answer_request(*, request: PrivacyRequest, status: str, answer: str, on: date) -> None:
    """Raises RequestIsAnswered."""
    locked = _open_request(request)
    locked.status, locked.answer, locked.answered_on = status, answer, on
    locked.save(update_fields=["status", "answer", "answered_on"])


def _open_request(request: PrivacyRequest) -> PrivacyRequest:
    locked = PrivacyRequest.objects.select_for_update().get(pk=request.pk)
    if not locked.is_open:
        raise RequestIsAnswered
    return locked


def set_restriction(*, owner: Owner, on: date | None) -> None:
    """From `on` what nobody is bound to do is not done with their data (GDPR art. 18); None: it is lifted."""
    owner.restricted_on = on
    owner.save(update_fields=["restricted_on"])


def set_mail_objection(*, owner: Owner, on: date | None) -> None:
    """From `on` they get no mail that the law does not ask for (GDPR art. 21); None: they agree again."""
    owner.mail_objection_on = on
    owner.save(update_fields=["mail_objection_on"])


@transaction.atomic
def place_hold(*, on_what: Owner | Building, reason: str, on: date) -> LegalHold:
    """Raises AlreadyHeld."""
    one_at_a_time(on_what.organization_id)
    key = "owner" if isinstance(on_what, Owner) else "building"
    of_organization = LegalHold.objects.for_organization(on_what.organization_id)
    if of_organization.filter(lifted_on=None, **{key: on_what}).exists():
        raise AlreadyHeld
    return LegalHold.objects.create(
        organization_id=on_what.organization_id, reason=reason, placed_on=on, **{key: on_what}
    )


def lift_hold(*, hold: LegalHold, on: date) -> None:
    hold.lifted_on = on
    hold.save(update_fields=["lifted_on"])


@transaction.atomic
def erase_owner(*, owner: Owner, reason: str, on: date) -> None:
    """Anonymise: the name becomes « Copropriétaire n° 123 », contact and account go, also from the journal's values.

    Code, lots, dates, fractions and amounts stay, so that every sum is the same to the cent: equal cents go by the
    order of codes. Their access ends. Raises MayNotBeErased. Source: DOMAIN.md GD-05 (GDPR art. 17).
    """
    locked = _locked(owner)
    if not standing_of(locked, on).may_be_erased:
        raise MayNotBeErased
    _end_access(locked)
    for field in ERASED_WHOLLY:
        setattr(locked, field, "")
    with translation.override(locked.organization.language):
        locked.name = _("Copropriétaire n° %(number)s") % {"number": locked.pk}
    locked.erased_on, locked.archived_on = on, locked.archived_on or on
    locked.save(update_fields=[*PERSONAL, "erased_on", "archived_on"])
    _forget(locked, PERSONAL)
    _forget_words(locked)
    for copy in copies_of(locked).select_related("data", "paper"):
        remove_copy(copy=copy)
    record("owner_erased", organization_id=locked.organization_id, on=locked, reason=reason)


@transaction.atomic
def erase_contact(*, owner: Owner, reason: str, on: date) -> None:
    """Before they may be erased: e-mail, telephone and account go, and the address of who holds nothing any more.

    Raises MayNotBeErased: under a legal hold, once erased, or when nothing stands in the way of a whole erasure.
    """
    locked = _locked(owner)
    standing = standing_of(locked, on)
    if not standing.may_lose_contact:
        raise MayNotBeErased
    fields = contact_to_erase(is_holder=bool(standing.lot))
    for field in fields:
        setattr(locked, field, "")
    locked.save(update_fields=fields)
    _forget(locked, fields)
    record("contact_erased", organization_id=locked.organization_id, on=locked, reason=reason)


def contact_to_erase(*, is_holder: bool) -> list[str]:
    return CONTACT if is_holder else [*CONTACT, *ADDRESS]


def start_retention(*, organization: Organization, kinds: Iterable[str], by: User, at: datetime) -> Job:
    """Apply what is past its retention in the background: whatever of these kinds is due when the work is done."""
    job = create_job(organization=organization, title=_("Effacement au terme des délais de conservation"), by=by, at=at)
    app.configure_task(RETENTION_TASK).defer(organization_id=organization.pk, job_id=job.pk, kinds=",".join(kinds))
    return job


def start_copy(*, owner: Owner, by: User, at: datetime) -> Job:
    """Make a large copy of somebody’s data in the background. No name in the title: everybody sees the jobs."""
    title = _("Copie des données du copropriétaire %(code)s") % {"code": owner.code}
    job = create_job(organization=owner.organization, title=title, by=by, at=at)
    app.configure_task(COPY_TASK).defer(organization_id=owner.organization_id, job_id=job.pk, owner_id=owner.pk)
    return job


@transaction.atomic
def keep_copy(*, owner: Owner, data: bytes, paper: bytes, by: User | None, at: datetime) -> PreparedCopy:
    organization = owner.organization
    kept = [
        keep_document(organization=organization, file=BytesIO(content), name=name, by=by, at=at, media_type=media)
        for content, name, media in [(data, "data.json", JSON), (paper, "paper.pdf", PDF)]
    ]
    return PreparedCopy.objects.create(organization=organization, owner=owner, data=kept[0], paper=kept[1], made_at=at)


def remove_copy(*, copy: PreparedCopy) -> None:
    documents = [copy.data, copy.paper]
    copy.delete()
    remove_documents(documents)


@transaction.atomic
def erase_voucher(*, attachment: Attachment) -> None:
    """The paper goes; the invoice, its lines and its parts stay in the accounts."""
    document = attachment.document
    attachment.delete()
    remove_documents([document])


def one_at_a_time(organization_id: int) -> None:
    """Whoever erases while somebody else places a legal hold comes before it or finds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('privacy'), %s::int)", [organization_id])


def _locked(owner: Owner) -> Owner:
    """Whole: who would give them a lot at this moment waits."""
    one_at_a_time(owner.organization_id)
    return Owner.objects.select_for_update(of=("self",)).select_related("organization").get(pk=owner.pk)


def _end_access(owner: Owner) -> None:
    """Whoever signs in as this owner alone no longer enters; their own account, theirs in every office, stays."""
    accesses = OwnerAccess.objects.for_organization(owner.organization_id).filter(owner=owner)
    for access in accesses.select_related("membership").order_by("id"):
        unlink_owner(membership=access.membership, owner=owner)
        others = OwnerAccess.objects.for_organization(owner.organization_id).filter(membership=access.membership)
        if access.membership.role == Role.OWNER and access.membership.is_active and not others.exists():
            end_membership(membership=access.membership)


def _forget_words(owner: Owner) -> None:
    """What they asked and were answered in free words; kind and days stay in the register."""
    requests = PrivacyRequest.objects.for_organization(owner.organization_id).filter(owner=owner)
    words = ["note", "extension_reason", "answer"]
    for request in requests.order_by("id"):
        for field in words:
            setattr(request, field, "")
        request.save(update_fields=words)
        _forget(request, words)
    for hold in LegalHold.objects.for_organization(owner.organization_id).filter(owner=owner).order_by("id"):
        hold.reason = "–"
        hold.save(update_fields=["reason"])
        _forget(hold, ["reason"])


def _forget(record_of: models.Model, fields: list[str]) -> None:
    """Empty what the journal refers to, but for what the record carries now (apps.privacy.functions)."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, [record_of._meta.db_table, record_of.pk, fields])
