"""The journal's events in words: « quotités : 365 → 395 »."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.desk.journal_names import MODELS, USERS, Names, Reference
from koprogo.formats import day, moment, number

LONGEST_VALUE = 80
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
    "member_invited": gettext_lazy("Invitation"),
    "invitation_accepted": gettext_lazy("Invitation acceptée"),
    "role_changed": gettext_lazy("Changement de rôle"),
    "membership_ended": gettext_lazy("Fin d’accès"),
    "refused": gettext_lazy("Accès refusé"),
    "imported": gettext_lazy("Reprise"),
    "exported": gettext_lazy("Export"),
    "expense_approved": gettext_lazy("Approbation"),
    "expense_rejected": gettext_lazy("Rejet"),
}
ACTORS = {"command line": gettext_lazy("ligne de commande"), "worker": gettext_lazy("tâche de fond")}
# Columns that people meet on no form, and so have no French name in the models.
COLUMNS = {
    "accepted_at": gettext_lazy("acceptée le"),
    "approve": gettext_lazy("approuver à la reprise"),
    "at_takeover": gettext_lazy("approuvée à la reprise"),
    "by_submitter": gettext_lazy("approuvée par qui l’a soumise"),
    "created_at": gettext_lazy("créé le"),
    "denominator": gettext_lazy("dénominateur"),
    "done": gettext_lazy("fait"),
    "expires_at": gettext_lazy("expire le"),
    "file": gettext_lazy("fichier"),
    "invited_by_id": gettext_lazy("invité par"),
    "message": gettext_lazy("message"),
    "numerator": gettext_lazy("numérateur"),
    "paper": gettext_lazy("document"),
    "part_count": gettext_lazy("nombre de parts"),
    "part_hash": gettext_lazy("empreinte des parts"),
    "part_sum": gettext_lazy("somme des parts"),
    "password": gettext_lazy("mot de passe"),
    "reference_on": gettext_lazy("date de référence"),
    "rejection": gettext_lazy("motif du rejet"),
    "result_url": gettext_lazy("résultat"),
    "settled_by_predecessor": gettext_lazy("réglée par le syndic précédent"),
    "started_at": gettext_lazy("commencé le"),
    "started_by_id": gettext_lazy("commencé par"),
    "status": gettext_lazy("état"),
    "still_to_be_settled": gettext_lazy("encore à régler"),
    "submitted_at": gettext_lazy("soumise le"),
    "submitted_by_id": gettext_lazy("soumise par"),
    "summary": gettext_lazy("résumé"),
    "approved_by_id": gettext_lazy("approuvée par"),
    "total": gettext_lazy("total"),
    "uploaded_by_id": gettext_lazy("reçu de"),
}

# They prove something to a program and say nothing to a person.
SILENT = {"composition", "digest", "path", "preview", "sha256"}


@dataclass(frozen=True, slots=True)
class Change:
    """One value: before and after of a modification; of an addition or a suppression only what was or is."""

    field: str
    before: str
    after: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Event:
    """A row of audit_event as it is read."""

    at: datetime
    actor_id: int | None
    actor: str
    ip: str | None
    table: str
    object_id: int | None
    action: str
    changes: dict[str, list[Any]]
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """An event as the page shows it."""

    at: datetime
    who: str
    ip: str
    what: str
    kind: str
    name: str
    changes: list[Change]
    reason: str


def references_of(event: Event) -> Iterator[Reference]:
    """The objects and people that the event names by id."""
    if event.actor_id is not None:
        yield USERS, event.actor_id
    if event.object_id is not None:
        yield event.table, event.object_id
    for column, values in event.changes.items():
        target = _target(_field(event.table, column))
        if target:
            yield from ((target, value) for value in values if isinstance(value, int))


def personal_of(event: Event) -> Iterator[int]:
    for values in event.changes.values():
        yield from (value["personal"] for value in values if isinstance(value, dict) and "personal" in value)


def in_words(event: Event, names: Names) -> Line:
    model = MODELS.get(event.table)
    return Line(
        event.at, _actor(event, names), event.ip or "", str(ACTIONS.get(event.action, event.action.replace("_", " "))),
        str(model._meta.verbose_name) if model else "", _object(event.table, event.object_id, names),
        list(_changes(event, names)), event.reason,
    )  # fmt: skip


def _actor(event: Event, names: Names) -> str:
    if event.actor_id is not None:
        return _object(USERS, event.actor_id, names)
    return str(ACTORS.get(event.actor, event.actor)) or _("personne de connu")


def _object(table: str, pk: int | None, names: Names) -> str:
    return "" if pk is None else names.objects.get((table, pk)) or _("n° %(id)s") % {"id": pk}


def _changes(event: Event, names: Names) -> Iterator[Change]:
    shown = ((column, values) for column, values in event.changes.items() if column not in SILENT)
    for column, (before, after) in shown:
        field = _field(event.table, column)
        old, new = _value(field, before, names), _value(field, after, names)
        if event.action == "update":
            yield Change(_column(column, field), old or "–", new or "–", is_new=False)
        elif old or new:
            yield Change(_column(column, field), "", new or old, is_new=True)


def _field(table: str, column: str) -> AnyField:
    model = MODELS.get(table)
    return next((each for each in model._meta.fields if each.column == column), None) if model else None


def _target(field: AnyField) -> str:
    """The table that a foreign key points to."""
    return field.related_model._meta.db_table if isinstance(field, models.ForeignKey) else ""


def _column(column: str, field: AnyField) -> str:
    if column in COLUMNS:
        return str(COLUMNS[column])
    if isinstance(field, models.ForeignKey) and field._verbose_name is None:  # type: ignore[attr-defined]
        return str(field.related_model._meta.verbose_name)
    return str(field.verbose_name) if field else column.replace("_", " ")


def _value(field: AnyField, value: Any, names: Names) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return str(names.personal.get(value.get("personal", 0)) or _("(effacé)"))
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
        return number(Decimal(str(value)), field.decimal_places)
    return str(value)


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
