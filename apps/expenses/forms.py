from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from koprogo.fields import DayField, LineField


class ReasonForm(forms.Form):
    """Why a step is taken back; the journal keeps it."""

    reason = LineField(label=_("Motif"), max_length=500, widget=forms.Textarea, attrs={"rows": 3})


def fault_of(form: ReasonForm, missing: str) -> str:
    """What is wrong with the reason; `missing`: the sentence when there is none."""
    return " ".join(map(str, form.errors["reason"])) if form.data.get("reason", "").strip() else missing


class RejectionForm(ReasonForm):
    reason = LineField(label=_("Motif du rejet"), max_length=500, widget=forms.Textarea, attrs={"rows": 3})


class PaymentForm(forms.Form):
    """The day of a payment, no later than `today`."""

    on = DayField(label=_("Payée le"))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        on: date = self.cleaned_data["on"]
        if on > self.today:
            raise forms.ValidationError(_("Ce jour est encore à venir."))
        return on


class SpanForm(forms.Form):
    """The days of an overview of charges, both included."""

    first = DayField(label=_("Du"))
    last = DayField(label=_("Au"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last and first > last:
            self.add_error("last", _("Ce jour précède le premier : choisissez-en un plus tard."))
        return data


def fiscal_year(start_month: int, today: date) -> tuple[date, date]:
    """First and last day of the fiscal year (exercice) in which `today` lies."""
    year = today.year if today.month >= start_month else today.year - 1
    following = date(year + 1, start_month, 1)
    return date(year, start_month, 1), date.fromordinal(following.toordinal() - 1)
