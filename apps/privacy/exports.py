"""The copy of their data that an owner receives: a file for programs, and a paper."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.owners.models import HolderMember, OpeningBalance, Owner
from apps.privacy.dossier import IDENTITY, Dossier, Happening
from apps.privacy.models import PrivacyRequest
from apps.units.models import Unit
from koprogo.formats import day, enterprise_number, labels_of
from koprogo.pdf import render_pdf

DEEDS = {
    "insert": gettext_lazy("Ajout"),
    "update": gettext_lazy("Modification"),
    "delete": gettext_lazy("Suppression"),
    "exported": gettext_lazy("Copie remise ou téléchargée"),
    "contact_erased": gettext_lazy("Effacement des moyens de contact"),
    "owner_erased": gettext_lazy("Effacement"),
    "values_erased": gettext_lazy("Effacement dans l’historique"),
}
ACTORS = {"command line": gettext_lazy("ligne de commande"), "worker": gettext_lazy("tâche de fond")}


def write_json(dossier: Dossier) -> bytes:
    """Amounts as texts with two decimals, days and instants as ISO 8601."""
    return json.dumps(dossier.as_data(), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1).encode()


def write_pdf(dossier: Dossier) -> bytes:
    context = {
        "dossier": dossier,
        "organization": dossier.owner.organization,
        "identity": list(_identity(dossier.owner)),
        "events": [_event_in_words(event) for event in dossier.events],
        "kinds": labels_of(Unit.Kind),
        "rights": labels_of(HolderMember.Right, is_capital=False),
        "balances": labels_of(OpeningBalance.Kind),
        "request_kinds": labels_of(PrivacyRequest.Kind),
        "statuses": labels_of(PrivacyRequest.Status, is_capital=False),
    }
    return render_pdf("papers/personal_data.html", context)


def _identity(owner: Owner) -> list[tuple[str, str]]:
    """Each field that says something, under its name."""
    shown = []
    for name in IDENTITY:
        value = getattr(owner, name)
        if value in (None, ""):
            continue
        field: Any = Owner._meta.get_field(name)
        if name == "enterprise_number":
            value = enterprise_number(value)
        elif isinstance(value, date):
            value = day(value)
        elif field.flatchoices:
            value = dict(field.flatchoices)[value]
        shown.append((capfirst(str(field.verbose_name)), str(value)))
    return shown


def _event_in_words(event: Happening) -> tuple[datetime, str, str, str]:
    """when, who, what, which data; the values themselves stand in the file for programs."""
    by = str(ACTORS.get(event.by, event.by)) or _("personne de connu")
    what = str(DEEDS.get(event.action, event.action.replace("_", " ")))
    return event.at, by, what, ", ".join(_data_of(event))


def _data_of(event: Happening) -> Iterator[str]:
    """The fields of the card that say something, or what else it is about."""
    if event.table == Owner._meta.db_table:
        told = {column for column, values in event.values.items() if any(values)}
        yield from (capfirst(str(field.verbose_name)) for field in Owner._meta.fields if field.column in told)
        return
    tables = {model._meta.db_table: model for model in apps.get_models()}
    yield capfirst(str(tables[event.table]._meta.verbose_name))
