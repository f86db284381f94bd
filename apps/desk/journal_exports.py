"""The journal as a workbook."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization
from apps.audit.models import AuditEvent
from apps.desk.journal_words import FIELDS, Event, action_in_words, actor_in_words, in_words, names_of
from koprogo.formats import number
from koprogo.xlsx import Column, Sheet, write_sheets

MOST_ROWS, BATCH = 10_000, 500  # the one a multiple of the other


def write_journal_xlsx(organization: Organization, events: QuerySet[AuditEvent], file: BinaryIO) -> None:
    """These events, the latest first, one a row; the last row says when there are more than are written."""
    columns = [
        Column(_("Jour"), "date"), Column(_("Heure")), Column(_("Qui")), Column(_("Adresse IP")),
        Column(_("Événement")), Column(_("Sorte d’objet")), Column(_("Objet")), Column(_("Ce qui a changé")),
        Column(_("Motif")),
    ]  # fmt: skip
    write_sheets(file, [Sheet(_("Journal"), columns, _rows(organization, events))])


def _rows(organization: Organization, events: QuerySet[AuditEvent]) -> Iterator[list[Any]]:
    left, found = MOST_ROWS, events.order_by("-id").values_list(*FIELDS)
    while batch := [Event(*values) for values in found[:BATCH]]:
        if not left:
            yield [None, "", "", "", "", "", "", too_many(), ""]
            return
        yield from _told(organization, batch[:left])
        left -= len(batch[:left])
        found = found.filter(pk__lt=batch[-1].id)


def too_many() -> str:
    return _(
        "Seuls les %(count)s événements les plus récents sont repris : filtrez le journal pour lire les autres."
    ) % {"count": number(MOST_ROWS)}


def _told(organization: Organization, events: list[Event]) -> Iterator[list[Any]]:
    names = names_of(organization, events)
    for event in events:
        if line := in_words(event, names):
            at = timezone.localtime(event.at)
            yield [
                at.date(), f"{at:%H:%M:%S}", actor_in_words(event, names), event.ip or "",
                action_in_words(event.action), line.kind, line.name, " ; ".join(map(str, line.changes)), event.reason,
            ]  # fmt: skip
