"""What all forms of the house share: sent twice they act once, and two people at one record do not lose each other.

A form that makes a record:   `@writes("edit")` and below it `@once`; in the page `{{ form_head(form) }}`.
A form that edits one:        find the record with `select_for_update(no_key=True)`, then
                              `SomeForm(request.POST, record=found)`; when `is_valid()` write `cleaned_data`, which
                              holds what others wrote meanwhile in the fields that this person left alone, and tell
                              it with `saved(request, form, sentence)`. In the page the same `{{ form_head(form) }}`:
                              it shows errors, conflicts and doubts.
What PostgreSQL refuses:      `with beside(form, {constraint: (field, sentence)})` around the service.
A form that is no EditForm:   `@once`, and `{{ once() }}` in the page; `koprogo.merging` compares by itself.
"""

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, OperationalError, models, transaction
from django.http import HttpResponse, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, TryAgain, hope, rule_of
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from koprogo import formats
from koprogo.addresses import redirect
from koprogo.context import judge_deferred_rules
from koprogo.forms import Form
from koprogo.merging import merge, state_of
from koprogo.posted import changeable
from koprogo.statements import execute

EVENTS_READ = 50
LOOK = "SELECT earlier_submission(%s, %s, %s)"
KEEP = """
INSERT INTO accounts_submission (organization_id, user_id, digest, address, at) VALUES (%s, %s, %s, %s, now())
"""
View = Callable[..., HttpResponse]


def once(view: View) -> View:
    """Below `@writes`: the same form sent again by the same person leads to what the first sending made.

    A redirect means that something was made; any other answer leaves the form free to be sent again. Two sendings at
    the same moment: the second waits for the first. Going back and changing something is another form.

    Hardly any form is sent twice. So a first try (apps.accounts.access) does not ask whether this one was: if it was,
    keeping what it made is refused at the end (one_submission_per_form), and the second try asks first. What does not
    come to a redirect may have met what the first sending made, and asks too.
    """

    @wraps(view)
    def guarded(request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.POST.get("form_token"):
            return view(request, *args, **kwargs)
        form = [request.membership.organization_id, request.membership.user_id, _digest_of(request)]
        if hope.is_alive:
            answer = _first_try(view, request, *args, **kwargs)
        else:
            [(address,)] = execute(LOOK, form)
            if address is not None:
                messages.info(request, _("Ce formulaire avait déjà été envoyé : voici ce qu’il a créé."))
                return redirect(address)
            answer = view(request, *args, **kwargs)
        if answer.status_code == 302:
            execute(KEEP, [*form, answer.headers["Location"]])
        elif hope.is_alive and execute(LOOK, form) != [(None,)]:
            raise TryAgain
        return answer

    return guarded


def _first_try(view: View, request: MemberRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except OperationalError:  # it would stand in the way of another, too
        raise
    except Exception as refusal:
        raise TryAgain from refusal


def _digest_of(request: MemberRequest) -> str:
    fields = sorted((name, values) for name, values in request.POST.lists() if name != "csrfmiddlewaretoken")
    files = [(name, each.name, each.size) for name, found in request.FILES.lists() for each in found]
    return hashlib.sha256(repr([request.path, fields, files]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """A field that somebody else changed since the page was opened; `by` "": nobody knows who any more."""

    field: str
    label: str
    theirs: str
    mine: str
    by: str
    at: datetime | None


class EditForm(Form):
    """A form over one record: a new one (`record` None), or one that others may edit at the same time.

    It is valid when there are no errors, no conflicts that the person has not decided, and no doubts that they have
    not answered ("anyway"). `veiled`: fields that are not shown whole; nothing typed in them leaves them as they are.
    """

    def __init__(
        self, data: QueryDict | None = None, *, record: models.Model | None = None,
        initial: Mapping[str, Any] | None = None, veiled: Collection[str] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        self.record, self.veiled = record, veiled
        self.stored = self.read(record) if record is not None else {}
        self.conflicts: list[Change] = []
        self.taken: list[Change] = []
        self.doubts: list[str] = []
        shown = {name: value for name, value in self.stored.items() if name not in veiled}
        super().__init__(data, initial={**(initial or {}), **shown}, **kwargs)

    # --- What a form of one's own may say otherwise ---
    def read(self, record: models.Model) -> dict[str, Any]:
        """Field → its value as the record has it now."""
        columns = {field.name: field.attname for field in record._meta.concrete_fields}
        return {name: getattr(record, columns[name]) for name in self.base_fields if name in columns}

    def rows(self, record: models.Model) -> Iterable[models.Model]:
        """The rows whose audit events tell who changed the record."""
        return [record]

    def find_doubts(self, values: Mapping[str, Any]) -> Iterable[str]:
        """What the person should be told once before it is saved, in sentences: it looks like a double, say."""
        return []

    def words(self, name: str, value: Any) -> str:
        """A value as a person reads it."""
        field = self.fields[name]
        if value in (None, ""):
            return "–"
        if name in self.veiled:
            return formats.masked_iban(str(value))
        if isinstance(field, forms.ModelChoiceField):
            value = value if isinstance(value, models.Model) else field.to_python(value)
            return field.label_from_instance(value)
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        return formats.day(value) if isinstance(value, date) else str(value)

    # --- How it works ---
    @property
    def seen(self) -> str:
        """What the page carries: while there are errors, still what the person saw first."""
        return str(self.data.get("seen", "")) if self.errors else state_of(self.stored)

    def is_valid(self) -> bool:
        return super().is_valid() and not self.conflicts and not self.doubts

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound or self.errors:
            return
        if self.record is not None:
            self._merge()
        if not self.conflicts and not self.data.get("anyway"):
            self.doubts = list(self.find_doubts(self.cleaned_data))

    def _merge(self) -> None:
        for name in self.veiled:
            if name in self.stored and not self.cleaned_data.get(name):
                self.cleaned_data[name] = self.stored[name]
        ticked = set(self.data.getlist("theirs"))  # type: ignore[attr-defined]
        given_up = {name for name in self.stored.keys() & self.cleaned_data.keys() if name in ticked}
        written = self.cleaned_data | {name: self._stored_value(name) for name in given_up}
        found = merge(
            seen=self.data.get("seen", ""), stored=self.stored, written=written, restore=self._stored_value
        )  # fmt: skip
        if found.conflicts or found.taken:
            events = self._events()
            self.conflicts = [self._change(name, events) for name in self.fields if name in found.conflicts]
            self.taken = [self._change(name, events) for name in self.fields if name in found.taken]
        self.cleaned_data = found.values
        self._show_again([*found.taken, *given_up])

    def _stored_value(self, name: str) -> Any:
        field = self.fields[name]
        return field.to_python(self.stored[name]) if isinstance(field, forms.ModelChoiceField) else self.stored[name]

    def _show_again(self, names: Iterable[str]) -> None:
        """In a page that is shown again these fields stand as they are stored, as if the person had seen them so."""
        data = changeable(self.data)  # type: ignore[arg-type]
        for name in names:
            key, widget = self.add_prefix(name), self.fields[name].widget
            value = self.fields[name].prepare_value(self.stored[name])
            if name in self.veiled or value is None or value is False:
                data.pop(key, None)
            elif isinstance(value, list | tuple):
                data.setlist(key, [str(each) for each in value])
            elif isinstance(widget, forms.Select):
                data[key] = str(value)
            else:
                data[key] = "on" if value is True else widget.format_value(value)
        self.data = data

    def _events(self) -> list[tuple[dict[str, Any], str, datetime]]:
        """(changes, by whom, when) of the rows' latest events, latest first. Two statements."""
        assert self.record is not None
        wanted = models.Q()
        for row in self.rows(self.record):
            wanted |= models.Q(table=row._meta.db_table, object_id=row.pk)
        found = AuditEvent.objects.for_organization(self.record.organization_id).filter(wanted)  # type: ignore[attr-defined]
        events = list(found.order_by("-id").values_list("changes", "actor_id", "at")[:EVENTS_READ])
        names = {user.pk: str(user) for user in User.objects.filter(pk__in={actor for _changes, actor, _at in events})}
        return [(changes, names.get(actor or 0, ""), at) for changes, actor, at in events]

    def _change(self, name: str, events: list[tuple[dict[str, Any], str, datetime]]) -> Change:
        """The latest event that names the field's column; of a field that is no column the latest of all."""
        assert self.record is not None
        columns = {field.name: field.column for field in self.record._meta.concrete_fields}
        found = [(by, at) for changes, by, at in events if columns.get(name, name) in changes or name not in columns]
        by, at = found[0] if found else ("", None)
        mine = self.cleaned_data.get(name)
        label = str(self.fields[name].label or name)
        return Change(name, label, self.words(name, self.stored[name]), self.words(name, mine), by, at)


@contextmanager
def beside(form: forms.Form, sentences: Mapping[str, tuple[str | None, str | Promise]]) -> Iterator[None]:
    """What a rule of the database refuses is undone and told beside the field that `sentences` names for the rule.

    Rules that are judged at commit are judged here. After the block `form.errors` says whether it went through.
    In a first try (apps.accounts.access) whatever stands in the way calls for a second one.
    """
    if hope.is_alive:
        try:
            yield
        except OperationalError:  # it would stand in the way of another, too
            raise
        except Exception as refusal:
            raise TryAgain from refusal
        return
    try:
        with transaction.atomic():
            yield
            judge_deferred_rules()
    except IntegrityError as refusal:
        if rule_of(refusal) not in sentences:
            raise
        field, sentence = sentences[rule_of(refusal)]
        form.add_error(field, str(sentence))


def saved(request: MemberRequest, form: EditForm, sentence: str) -> None:
    """Tell that it is saved, and what others had changed meanwhile."""
    messages.success(request, sentence)
    for by in dict.fromkeys(change.by for change in form.taken):
        labels = ", ".join(change.label for change in form.taken if change.by == by)
        told = _("Entre-temps %(name)s avait changé ceci, qui reste : %(fields)s.")
        messages.info(request, told % {"name": by or _("quelqu’un"), "fields": labels})
