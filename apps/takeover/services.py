"""Upload → check, nothing written → confirm → one transaction."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from procrastinate.contrib.django import app

from apps.accounts.models import Organization, User
from apps.audit.services import record
from apps.buildings.models import Building
from apps.documents.services import keep_document, open_document
from apps.expenses import services as expenses
from apps.expenses.basis import LotWithoutHolder, NoWeights, SharesDoNotAddUp
from apps.expenses.refusals import sentence
from apps.jobs.services import create_job
from apps.takeover import checks
from apps.takeover.models import Takeover
from apps.takeover.plan import Plan, make_plan
from apps.takeover.preview import Preview, describe
from apps.takeover.reading import Fault, Unreadable, read_workbook
from apps.takeover.stored import load_stored, references
from apps.takeover.writing import approve_plan, write_plan

Status = Takeover.Status
Progress = Callable[[int, int], None]

# What is larger is checked and written by the worker, with a progress bar.
LARGE_FILE = 150_000  # bytes
LARGE_COUNT = 1_000  # rows
APPROVAL_REFUSALS = (expenses.WrongStatus, expenses.SpanIsClosed, SharesDoNotAddUp, NoWeights, LotWithoutHolder)


class HasFaults(Exception):
    """The file has faults; `args[0]` are they. Nothing was written."""


class CannotApprove(Exception):
    """An invoice of the file cannot be approved; `args[0]` is the sentence. Nothing was written."""


class NotChecked(Exception):
    """The takeover is not in a state in which it can be confirmed: it was confirmed already, or has faults."""


def no_progress(done: int, total: int) -> None:
    """For what is over in a moment."""


@transaction.atomic
def receive_workbook(*, organization: Organization, file: BinaryIO, name: str, by: User, at: datetime) -> Takeover:
    """Keep an uploaded workbook and check it, at once when it is small, else in the background."""
    document = keep_document(organization=organization, file=file, name=name, by=by, at=at)
    takeover = Takeover.objects.create(organization=organization, document=document, started_by=by, started_at=at)
    if document.size > LARGE_FILE:
        title = _("Contrôle de %(name)s") % {"name": document.name}
        _start_job(takeover, "apps.takeover.tasks.check_takeover", title, by=by, at=at)
    else:
        check_takeover(takeover=takeover)
    return takeover


def check_takeover(*, takeover: Takeover) -> Preview:
    """Compare the file with what is stored; nothing of it is written. What was found is kept with the takeover."""
    try:
        with open_document(takeover.document) as file:
            plan, faults = plan_file(takeover.organization, file)
        preview = describe(plan, faults)
    except Unreadable as refusal:
        preview = Preview(unreadable=str(refusal))
    takeover.preview, takeover.status = asdict(preview), Status.CHECKED
    takeover.save(update_fields=["preview", "status"])
    return preview


def plan_file(organization: Organization, file: BinaryIO, *, to_write: bool = False) -> tuple[Plan, list[Fault]]:
    """What the file would do, and all its faults. Raises Unreadable.

    To write it, its buildings are locked first: nothing is approved in them between comparing and writing.
    """
    reading = read_workbook(file)
    if to_write:
        found = Building.objects.for_organization(organization).filter(reference__in=references(reading.takeover))
        expenses.lock_buildings(found.values_list("pk", flat=True))
    plan = make_plan(reading, load_stored(organization, reading))
    return plan, checks.faults(plan)


@transaction.atomic
def confirm_takeover(*, takeover: Takeover, approve: bool, still_to_be_settled: bool, by: User, at: datetime) -> None:
    """Write a checked file, at once when it is small, else in the background.

    Raises NotChecked, HasFaults, CannotApprove; then nothing is written.
    """
    locked = Takeover.objects.select_for_update(of=("self",)).select_related("document").get(pk=takeover.pk)
    preview = Preview(**locked.preview)
    if locked.status != Status.CHECKED or preview.fault_count or preview.unreadable:
        raise NotChecked
    locked.approve, locked.still_to_be_settled, locked.status = approve, approve and still_to_be_settled, Status.WRITING
    locked.save(update_fields=["approve", "still_to_be_settled", "status"])
    if preview.row_count > LARGE_COUNT:
        title = _("Reprise de %(name)s") % {"name": locked.document.name}
        _start_job(locked, "apps.takeover.tasks.write_takeover", title, by=by, at=at)
    else:
        write_takeover(takeover=locked)


@transaction.atomic
def write_takeover(*, takeover: Takeover, progress: Progress = no_progress) -> str:
    """Write the file whole or not at all; the sentence that sums it up. Raises HasFaults, CannotApprove."""
    with open_document(takeover.document) as file:
        summary = import_file(
            takeover.organization, file, name=takeover.document.name, approve=takeover.approve,
            settled_by_predecessor=not takeover.still_to_be_settled, by=takeover.started_by, progress=progress,
        )  # fmt: skip
    takeover.status = Status.DONE
    takeover.save(update_fields=["status"])
    return summary


@transaction.atomic
def import_file(
    organization: Organization, file: BinaryIO, *, name: str, approve: bool, settled_by_predecessor: bool,
    by: User | None, progress: Progress = no_progress,
) -> str:  # fmt: skip
    """Read, compare and write in one transaction; the sentence that sums it up.

    Raises Unreadable, HasFaults, CannotApprove; then nothing is written. `by` None: the command line.
    """
    with connection.cursor() as cursor:  # two imports of one organization come one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('takeover'), %s::int)", [organization.pk])
    plan, faults = plan_file(organization, file, to_write=True)
    if faults:
        raise HasFaults(faults)
    rows, to_approve = plan.row_count, plan.to_approve if approve else 0
    write_plan(plan, lambda done: progress(done, rows + to_approve))
    approved = 0
    if approve:
        try:
            approved = approve_plan(
                plan, by=by, settled_by_predecessor=settled_by_predecessor,
                progress=lambda done: progress(rows + done, rows + to_approve),
            )  # fmt: skip
        except APPROVAL_REFUSALS as refusal:
            raise CannotApprove(sentence(refusal)) from refusal
    summary = summarise(plan, approved)
    record("imported", organization_id=organization.pk, changes={"file": [None, name], "summary": [None, summary]})
    return summary


def summarise(plan: Plan, approved: int) -> str:
    """`Repris : 2 immeubles …`, or that nothing changed."""
    if plan.changes_nothing and not approved:
        return _("Tout ce que contient ce fichier était déjà enregistré : rien n'a changé.")
    words = [
        ngettext("%(count)s immeuble", "%(count)s immeubles", len(plan.buildings)) % {"count": len(plan.buildings)},
        ngettext("%(count)s lot", "%(count)s lots", len(plan.units)) % {"count": len(plan.units)},
        ngettext("%(count)s copropriétaire", "%(count)s copropriétaires", len(plan.owners))
        % {"count": len(plan.owners)},
        ngettext("%(count)s facture", "%(count)s factures", len(plan.invoices)) % {"count": len(plan.invoices)},
    ]
    text = _("Repris : %(what)s.") % {"what": ", ".join(words)}
    if approved:
        text += " " + ngettext("%(count)s facture approuvée.", "%(count)s factures approuvées.", approved) % {
            "count": approved
        }
    return text


def _start_job(takeover: Takeover, task: str, title: str, *, by: User, at: datetime) -> None:
    """The worker takes it up when this transaction commits: the task is a row of it."""
    takeover.job = create_job(organization=takeover.organization, title=title, by=by, at=at)
    takeover.save(update_fields=["job"])
    app.configure_task(task).defer(
        organization_id=takeover.organization_id, job_id=takeover.job.pk, takeover_id=takeover.pk
    )
