"""What the journal is filtered by: a person, an object, a kind of event, a span of days, freely combined."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership, Organization
from apps.audit.models import AuditEvent, AuditEventQuerySet
from apps.desk.history import events_about
from apps.desk.journal_names import MODELS, Reference
from apps.desk.journal_words import ACTIONS, ACTORS

DAYS = [MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2100, 1, 1))]


class _DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class JournalFilter(forms.Form):
    """Nothing chosen leaves everything. `about` is one object, `units_unit-12`, with what belongs to it."""

    person = forms.ChoiceField(label=_("Personne"), required=False)
    action = forms.ChoiceField(label=_("Sorte d’événement"), required=False)
    kind = forms.ChoiceField(label=_("Objet"), required=False)
    about = forms.RegexField(rf"^({'|'.join(MODELS)})-[1-9][0-9]{{0,17}}$", required=False, widget=forms.HiddenInput)
    first = forms.DateField(label=_("Du"), required=False, widget=_DayInput, validators=DAYS)
    last = forms.DateField(label=_("Au"), required=False, widget=_DayInput, validators=DAYS)

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        self._choose("person", _("Tout le monde"), [*_people(organization), *_sorted(ACTORS)])
        self._choose("action", _("Tous"), _sorted(ACTIONS))
        self._choose("kind", _("Tous"), kinds())

    def _choose(self, name: str, everything: Any, choices: list[tuple[str, str]]) -> None:
        self.fields[name].choices = [("", everything), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("last", _("Ce jour précède le premier : choisissez-en un plus tard."))
        return data

    @property
    def reference(self) -> Reference | None:
        """The very object that the journal is about."""
        table, _sign, pk = self.cleaned_data["about"].rpartition("-")
        return (table, int(pk)) if table else None

    def events(self) -> AuditEventQuerySet:
        """Those that were asked for, the latest first."""
        chosen = self.cleaned_data
        found = AuditEvent.objects.for_organization(self.organization)
        if self.reference:
            found = events_about(self.organization, [self.reference])
        if chosen["kind"]:
            found = found.filter(table=chosen["kind"])
        if person := chosen["person"]:
            is_user = person.isdecimal()
            found = found.filter(actor_id=person) if is_user else found.filter(actor_id=None, actor=person)
        if chosen["action"]:
            found = found.filter(action=chosen["action"])
        if chosen["first"]:
            found = found.filter(at__gte=_start_of(chosen["first"]))
        if chosen["last"]:
            found = found.filter(at__lt=_start_of(chosen["last"] + timedelta(days=1)))
        # Days are found by an index in their own order.
        return found.order_by("-at", "-id") if chosen["first"] or chosen["last"] else found.order_by("-id")


def kinds() -> list[tuple[str, str]]:
    """Tables with what their rows are called, in that order."""
    return _sorted({table: model._meta.verbose_name for table, model in MODELS.items()})


def _sorted(labels: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted(((value, capfirst(str(label))) for value, label in labels.items()), key=lambda each: each[1])


def _people(organization: Organization) -> list[tuple[str, str]]:
    """Whoever belongs to the office, or did, and did something: memberships lie outside row-level security."""
    done = AuditEvent.objects.for_organization(organization).filter(actor_id=OuterRef("user_id"))
    found = Membership.objects.for_organization(organization).filter(Exists(done))
    members = found.select_related("user").order_by("user__name", "id")
    return [(str(each.user_id), str(each.user)) for each in members]


def _start_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
