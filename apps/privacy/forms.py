"""What is written about a request, a legal hold, an erasure."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization
from apps.buildings.models import Building
from apps.owners.models import Owner
from apps.privacy.models import PrivacyRequest
from koprogo.fields import DayField, Labels, LineField
from koprogo.forms import Form

Status = PrivacyRequest.Status


class WordsField(LineField):
    """A few sentences, on several lines."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.Textarea, attrs={"rows": 3}, max_length=2000, **options)


class PastDayField(DayField):
    """No later than `today`, which the form sets."""

    today: date

    def to_python(self, value: Any) -> date | None:
        found = super().to_python(value)
        if found is not None and found > self.today:
            raise forms.ValidationError(_("Ce jour est encore à venir."))
        return found


class RequestForm(Form):
    kind = forms.ChoiceField(label=gettext_lazy("Demande"), choices=Labels(PrivacyRequest.Kind))
    received_on = PastDayField(
        label=gettext_lazy("Reçue le"), help_text=gettext_lazy("Le délai d’un mois pour répondre court depuis ce jour.")
    )
    note = WordsField(label=gettext_lazy("Ce qui est demandé"), required=False)

    def __init__(self, data: QueryDict | None = None, *, today: date) -> None:
        super().__init__(data, initial={"received_on": today})
        self.fields["received_on"].today = today  # type: ignore[attr-defined]


class AnswerForm(Form):
    status = forms.ChoiceField(
        label=gettext_lazy("Décision"),
        choices=[(Status.GRANTED, gettext_lazy("Acceptée")), (Status.REFUSED, gettext_lazy("Refusée"))],
    )
    on = PastDayField(label=gettext_lazy("Répondue le"))
    answer = WordsField(
        label=gettext_lazy("Réponse donnée"),
        help_text=gettext_lazy(
            "En cas de refus : le motif, et la voie de recours (Autorité de protection des données)."
        ),
    )

    def __init__(self, data: QueryDict | None = None, *, received_on: date, today: date) -> None:
        super().__init__(data, initial={"on": today})
        self.received_on = received_on
        self.fields["on"].today = today  # type: ignore[attr-defined]

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on < self.received_on:
            raise forms.ValidationError(_("Ce jour précède la réception de la demande."))
        return on


class ReasonForm(Form):
    """Why; the journal keeps it."""

    reason = LineField(
        label=gettext_lazy("Motif"), max_length=500, widget=forms.Textarea, attrs={"rows": 3},
        help_text=gettext_lazy("Le journal le garde : n’y nommez pas la personne."),
    )  # fmt: skip


class ErasureForm(ReasonForm):
    extent = forms.ChoiceField(choices=[("whole", ""), ("contact", "")])
    sure = forms.BooleanField(label=gettext_lazy("J’ai lu ce qui est effacé ; cela ne peut pas être défait."))


class FlagForm(Form):
    """Which of the two flags, and whether it stands from now on."""

    flag = forms.ChoiceField(choices=[("restriction", ""), ("mail", "")])
    step = forms.ChoiceField(choices=[("set", ""), ("lift", "")])


class HoldForm(ReasonForm):
    """On the owner with a code, or on the building with a reference."""

    called = LineField(
        label=gettext_lazy("Code du copropriétaire ou référence de l’immeuble"), max_length=20,
        attrs={"autocomplete": "off"},
    )  # fmt: skip
    field_order = ["called", "reason"]

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization
        self.found: Owner | Building | None = None

    def clean_called(self) -> str:
        called: str = self.cleaned_data["called"]
        found: list[Owner | Building] = [
            *Owner.objects.for_organization(self.organization).filter(code=called, erased_on=None),
            *Building.objects.for_organization(self.organization).filter(reference=called),
        ]
        if not found:
            raise forms.ValidationError(_("Aucun copropriétaire n’a ce code, aucun immeuble cette référence."))
        if len(found) > 1:
            raise forms.ValidationError(
                _("Un copropriétaire et un immeuble s’appellent ainsi : changez l’un des deux.")
            )
        [self.found] = found
        return called


class RetentionForm(Form):
    """What to erase of what is past its retention."""

    kinds = forms.MultipleChoiceField(
        choices=[("former_owners", ""), ("vouchers", ""), ("forgotten_papers", ""), ("old_copies", "")],
        error_messages={"required": gettext_lazy("Cochez au moins une ligne.")},
    )
    sure = forms.BooleanField(
        label=gettext_lazy("J’ai vérifié la liste ; l’effacement ne peut pas être défait."),
        error_messages={"required": gettext_lazy("Cochez cette case : l’effacement ne peut pas être défait.")},
    )
