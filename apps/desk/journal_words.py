"""The journal's events in words: « Lot 4D : quotités 365 → 395 »."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization
from apps.desk.journal_names import MODELS, TELLING, USERS, Names, Reference, read_names
from koprogo.formats import day, masked_iban, moment, number, without_zeros
from koprogo.listing import Page

LONGEST_VALUE = 80
AT_ONCE = timedelta(seconds=1)
AnyField: TypeAlias = "models.Field[Any, Any] | None"

ACTIONS = {
    "insert": gettext_lazy("Ajout"),
    "update": gettext_lazy("Modification"),
    "delete": gettext_lazy("Suppression"),
    "organization_created": gettext_lazy("Création du bureau"),
    "organization_chosen": gettext_lazy("Entrée dans le bureau"),
    "staff_entered": gettext_lazy("Entrée de l’équipe de KoproGo"),
    "staff_left": gettext_lazy("Sortie de l’équipe de KoproGo"),
    "signed_in": gettext_lazy("Connexion"),
    "sign_in_failed": gettext_lazy("Connexion refusée"),
    "signed_out": gettext_lazy("Déconnexion"),
    "sessions_ended": gettext_lazy("Sessions fermées"),
    "second_factor_added": gettext_lazy("Ajout d’un second facteur"),
    "second_factor_removed": gettext_lazy("Retrait du second facteur"),
    "second_factor_failed": gettext_lazy("Second facteur refusé"),
    "recovery_codes_made": gettext_lazy("Nouveaux codes de secours"),
    "recovery_code_used": gettext_lazy("Code de secours employé"),
    "member_invited": gettext_lazy("Invitation"),
    "invitation_accepted": gettext_lazy("Invitation acceptée"),
    "role_changed": gettext_lazy("Changement de rôle"),
    "membership_ended": gettext_lazy("Fin d’accès"),
    "refused": gettext_lazy("Accès refusé"),
    "imported": gettext_lazy("Reprise"),
    "downloaded": gettext_lazy("Consultation d’une pièce"),
    "exported": gettext_lazy("Export"),
    "job_cancelled": gettext_lazy("Annulation"),
    "expense_approved": gettext_lazy("Approbation"),
    "expense_rejected": gettext_lazy("Rejet"),
    "expense_deleted": gettext_lazy("Suppression d’une dépense"),
    "correction_given_up": gettext_lazy("Abandon de la correction"),
    "approval_withdrawn": gettext_lazy("Retrait d’une approbation"),
    "span_closed": gettext_lazy("Clôture d’une période"),
    "span_reopened": gettext_lazy("Réouverture d’une période"),
    "hands_taken": gettext_lazy("Premier titulaire"),
    "lot_sold": gettext_lazy("Vente"),
    "lot_inherited": gettext_lazy("Succession"),
    "lot_split": gettext_lazy("Cession d’une part"),
    "lot_shared": gettext_lazy("Mariage ou divorce"),
    "hands_corrected": gettext_lazy("Correction d’un changement de mains"),
    "hands_restored": gettext_lazy("Annulation d’un changement de mains"),
    "owner_erased": gettext_lazy("Effacement d’une personne"),
    "contact_erased": gettext_lazy("Effacement des moyens de contact"),
    "values_erased": gettext_lazy("Effacement dans l’historique"),
    "retention_applied": gettext_lazy("Délais de conservation appliqués"),
    "read_in_bulk": gettext_lazy("Lecture en nombre"),
}
ACTORS = {"command line": gettext_lazy("ligne de commande"), "worker": gettext_lazy("tâche de fond")}
# Columns that people meet on no form, and so have no French name in the models.
COLUMNS = {
    "accepted_at": gettext_lazy("acceptée le"),
    "answer": gettext_lazy("réponse"),
    "approve": gettext_lazy("approuver à la reprise"),
    "approved_by_id": gettext_lazy("approuvée par"),
    "at_takeover": gettext_lazy("approuvée à la reprise"),
    "by_submitter": gettext_lazy("approuvée par qui l’a soumise"),
    "closed_by_id": gettext_lazy("clôturée par"),
    "created_at": gettext_lazy("créé le"),
    "done": gettext_lazy("fait"),
    "expires_at": gettext_lazy("expire le"),
    "fields": gettext_lazy("champs"),
    "file": gettext_lazy("fichier"),
    "forgotten_papers": gettext_lazy("pièces jamais enregistrées"),
    "former_owners": gettext_lazy("anciens copropriétaires"),
    "old_copies": gettext_lazy("copies préparées"),
    "invited_by_id": gettext_lazy("invité par"),
    "is_current": gettext_lazy("en vigueur"),
    "list": gettext_lazy("liste"),
    "made_at": gettext_lazy("faite le"),
    "made_by_id": gettext_lazy("faite par"),
    "message": gettext_lazy("message"),
    "numerator": gettext_lazy("fraction"),
    "paper": gettext_lazy("document"),
    "part_count": gettext_lazy("nombre de parts"),
    "part_sum": gettext_lazy("somme des parts"),
    "position": gettext_lazy("place"),
    "rows": gettext_lazy("lignes"),
    "settled_by_predecessor": gettext_lazy("réglée par le syndic précédent"),
    "started_at": gettext_lazy("commencé le"),
    "started_by_id": gettext_lazy("commencé par"),
    "still_to_be_settled": gettext_lazy("encore à régler"),
    "submitted_at": gettext_lazy("soumise le"),
    "submitted_by_id": gettext_lazy("soumise par"),
    "summary": gettext_lazy("résumé"),
    "takes_back_id": gettext_lazy("reprend la ligne"),
    "total": gettext_lazy("total"),
    "uploaded_by_id": gettext_lazy("reçu de"),
    "values": gettext_lazy("valeurs"),
    "vouchers": gettext_lazy("pièces de factures"),
    "withdrawn_by_id": gettext_lazy("retirée par"),
}

# They prove something to a program and say nothing to a person.
SILENT = {
    "composition", "denominator", "digest", "part_hash", "path", "preview", "result_url", "sequence", "sha256", "size",
}  # fmt: skip
# Of what is new: the event itself says when, and new is in force.
SILENT_WHEN_NEW = {"created_at", "is_current", "made_at", "position", "started_at", "submitted_at", "uploaded_at"}


@dataclass(frozen=True, slots=True)
class Change:
    """One value: before and after of a modification; of an addition or a suppression only what was or is."""

    field: str
    before: str
    after: str
    is_new: bool

    def __str__(self) -> str:
        return f"{self.field} {self.after}" if self.is_new else f"{self.field} {self.before} → {self.after}"


# What is read of audit_event.
FIELDS = ["id", "at", "actor_id", "actor", "ip", "request", "table", "object_id", "action", "changes", "reason"]


@dataclass(frozen=True, slots=True)
class Event:
    """A row of audit_event as it is read."""

    id: int
    at: datetime
    actor_id: int | None
    actor: str
    ip: str | None
    request: str
    table: str
    object_id: int | None
    action: str
    changes: dict[str, Any]
    reason: str

    @property
    def values(self) -> Iterator[tuple[str, Any, Any]]:
        """column, before, after"""
        for column, pair in self.changes.items():
            before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
            yield column, before, after


@dataclass(frozen=True, slots=True)
class Line:
    """One event in words. `what` is empty where before and after say it: « Lot 4D : quotités 365 → 395 »."""

    what: str
    kind: str
    name: str
    table: str
    object_id: int | None
    changes: list[Change]
    reason: str


@dataclass(frozen=True, slots=True)
class Deed:
    """What one person did in one go: lines that belong together."""

    at: datetime
    who: str
    ip: str
    lines: list[Line]


def in_deeds(organization: Organization, events: list[Event]) -> list[Deed]:
    """Events, the latest first, as what people did. Two statements."""
    names = names_of(organization, events)
    found: list[Deed] = []
    last: Event | None = None
    for event in events:
        line = in_words(event, names)
        if line is None:
            continue
        if last is None or not _belong_together(last, event):
            found.append(Deed(event.at, actor_in_words(event, names), event.ip or "", []))
        found[-1].lines.append(line)
        last = event
    return found


def names_of(organization: Organization, events: list[Event]) -> Names:
    """All that these events name. Two statements."""
    return read_names(
        organization,
        (reference for event in events for reference in references_of(event)),
        (pk for event in events for pk in personal_of(event)),
    )


def page_of_deeds(organization: Organization, page: Page[Event]) -> Page[Deed]:
    return Page(in_deeds(organization, list(page.rows)), page.first, page.last, page.previous, page.next, page.total)


def _belong_together(one: Event, other: Event) -> bool:
    """One request; what no browser asked for comes in quick succession."""
    is_same = (one.request, one.actor_id, one.actor) == (other.request, other.actor_id, other.actor)
    return is_same and (bool(one.request) or one.at - other.at < AT_ONCE)


def references_of(event: Event) -> Iterator[Reference]:
    """The objects and people that the event names by id."""
    if event.actor_id is not None:
        yield USERS, event.actor_id
    if event.object_id is not None:
        yield event.table, event.object_id
    for column, before, after in event.values:
        if target := _target(_field(event.table, column)):
            yield from ((target, value) for value in (before, after) if isinstance(value, int))


def personal_of(event: Event) -> Iterator[int]:
    for _column, *values in event.values:
        yield from (value["personal"] for value in values if _is_personal(value))


def in_words(event: Event, names: Names) -> Line | None:
    """None: a modification of nothing that says something to a person."""
    model = MODELS.get(event.table)
    changes, is_update = list(_changes(event, names)), event.action == "update"
    if is_update and not changes:
        return None
    return Line(
        "" if is_update else action_in_words(event.action), capfirst(str(model._meta.verbose_name)) if model else "",
        _object(event.table, event.object_id, names), event.table, event.object_id, changes, event.reason,
    )  # fmt: skip


def action_in_words(action: str) -> str:
    return str(ACTIONS.get(action, action.replace("_", " ")))


def actor_in_words(event: Event, names: Names) -> str:
    if event.actor_id is not None:
        return _object(USERS, event.actor_id, names)
    return str(ACTORS.get(event.actor, event.actor)) or _("personne de connu")


def _object(table: str, pk: int | None, names: Names) -> str:
    return "" if pk is None else names.objects.get((table, pk)) or _("n° %(id)s") % {"id": pk}


def _changes(event: Event, names: Names) -> Iterator[Change]:
    for column, before, after in sorted(event.values, key=lambda each: _place(event.table, each[0])):
        field = _field(event.table, column)
        old, new = _value(field, before, names), _value(field, after, names)
        if column in SILENT:
            continue
        if event.action == "update":
            yield Change(_column(column, field), old or "–", new or "–", is_new=False)
        elif not _goes_without_saying(event, column, field, after if before is None else before, new or old, names):
            yield Change(_column(column, field), "", _fraction(event, column, new or old), is_new=True)


def _goes_without_saying(event: Event, column: str, field: AnyField, value: Any, told: str, names: Names) -> bool:
    """Of what came or went: what is not so, when it happened, who did it, and what its name says already."""
    if told == "" or value is False or column in SILENT_WHEN_NEW:
        return True
    if _target(field) == USERS:
        return bool(value == event.actor_id)
    name = _object(event.table, event.object_id, names)
    says_who_it_is = bool(_target(field)) or column in TELLING
    return says_who_it_is and (told == name or told.partition(" · ")[0] in name.split(" · "))


def _fraction(event: Event, column: str, told: str) -> str:
    if column != "numerator" or "denominator" not in event.changes:
        return told
    before, after = event.changes["denominator"]
    return f"{told}/{before if after is None else after}"


def _place(table: str, column: str) -> int:
    """In the order in which the model names its fields."""
    model = MODELS.get(table)
    columns = [field.column for field in model._meta.fields] if model else []
    return columns.index(column) if column in columns else len(columns)


def _field(table: str, column: str) -> AnyField:
    model = MODELS.get(table)
    return next((each for each in model._meta.fields if each.column == column), None) if model else None


def _target(field: AnyField) -> str:
    """The table that a foreign key points to."""
    return field.related_model._meta.db_table if isinstance(field, models.ForeignKey) else ""


def _column(column: str, field: AnyField) -> str:
    if field is not None and field._verbose_name is not None:  # type: ignore[attr-defined]
        return str(field.verbose_name)
    if column in COLUMNS:
        return str(COLUMNS[column])
    if isinstance(field, models.ForeignKey):
        return str(field.related_model._meta.verbose_name)
    return column.replace("_", " ")


def _is_personal(value: Any) -> bool:
    return isinstance(value, dict) and "personal" in value


def _value(field: AnyField, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if _is_personal(value):
        kept = str(names.personal.get(value["personal"]) or _("(effacé)"))
        return masked_iban(kept) if field is not None and field.column == "iban" else kept
    if isinstance(value, bool):
        return _("oui") if value else _("non")
    if target := _target(field):
        return _object(target, value, names)
    return _shortened(_plain(field, value))


def _plain(field: AnyField, value: Any) -> str:
    if field is not None and field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.DateTimeField):
        return str(moment(datetime.fromisoformat(value)))
    if isinstance(field, models.DateField):
        return str(day(date.fromisoformat(value)))
    if isinstance(field, models.DecimalField):
        amount = Decimal(str(value))
        return number(amount, 2) if field.decimal_places == 2 else number(without_zeros(amount))
    return str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
