"""Our forms are Django's: the same values, the same errors, and no form changes another."""

from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms.widgets import Select
from django.http import QueryDict
from django.utils import translation
from django.utils.datastructures import MultiValueDict

from apps.owners.models import Owner
from koprogo.fields import DayField, Labels, LineField, MoneyField
from koprogo.forms import Form


class Django(forms.Form):
    name = LineField(label="Nom", max_length=5, attrs={"autocomplete": "off"})
    amount = MoneyField(required=False)
    on = DayField(required=False)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], initial="a")
    days = forms.TypedMultipleChoiceField(choices=[(1, "1"), (2, "2")], coerce=int, required=False)
    fixed = forms.IntegerField(disabled=True, initial=3)
    paper = forms.FileField(required=False)
    taken = forms.BooleanField(required=False)

    def clean_name(self) -> str:
        if self.cleaned_data["name"] == "non":
            raise forms.ValidationError("Pas ce nom.")
        return str(self.cleaned_data["name"]).upper()


class Ours(Django, Form):
    pass


@pytest.mark.parametrize("prefix", [None, "p"])
@pytest.mark.parametrize(
    "typed",
    [
        "name=abc&amount=1+234,50&on=2026-01-02&kind=b&days=1&days=2&fixed=9&taken=on",
        "name=abcdef&amount=x&on=2026-02-30&kind=c&days=3",
        "name=non&kind=a",
        "",
    ],
)
def test_it_finds_what_djangos_finds(typed: str, prefix: str | None) -> None:
    data = QueryDict(typed if prefix is None else "&".join(f"p-{pair}" for pair in typed.split("&")))
    files = MultiValueDict({"paper" if prefix is None else "p-paper": [SimpleUploadedFile("é.pdf", b"x")]})
    ours, theirs = (form(data, files, prefix=prefix) for form in (Ours, Django))
    assert (ours.errors, ours.cleaned_data) == (theirs.errors, theirs.cleaned_data)
    assert ours.as_p() == theirs.as_p()
    assert ours.changed_data == theirs.changed_data


def change(field: Any) -> None:
    field.label = field.help_text = "Autre"
    field.required = False
    field.validators.append(None)
    field.error_messages["required"] = "Autre"
    field.widget.attrs["class"] = "autre"
    if isinstance(field.widget, Select):
        field.choices = [("z", "Z")]


@pytest.mark.parametrize("name", Django.base_fields)
def test_what_one_form_changes_no_other_has(name: str) -> None:
    before = str(Ours()[name]), dict(Ours().fields[name].error_messages), list(Ours().fields[name].validators)
    change(Ours().fields[name])
    assert (str(Ours()[name]), Ours().fields[name].error_messages, Ours().fields[name].validators) == before
    assert Ours().fields[name].label == Django().fields[name].label


def test_labels_are_in_the_language_of_each_page() -> None:
    field = forms.ChoiceField(choices=Labels(Owner.Kind))
    found = {}
    for language in ("fr", "nl"):
        with translation.override(language):
            found[language] = dict(field.choices)["person"]
            assert field.clean("company") == "company"
    assert found == {"fr": "Personne", "nl": "Persoon"}


@pytest.mark.parametrize("typed", ["2026-01-02", "02/01/2026", "2026-1-2", " 2026-01-02 "])
def test_a_day_is_read_as_browsers_send_it_and_people_type_it(typed: str) -> None:
    assert DayField().clean(typed) == date(2026, 1, 2)


@pytest.mark.parametrize("typed", ["2026-02-30", "20260102", "2026-W01-5", "٢٠٢٦-٠١-٠٢T", "0001-01-01"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        DayField().clean(typed)
