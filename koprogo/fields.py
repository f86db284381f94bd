"""Form fields of the house: what is typed is cleaned and checked as a workbook's cell is."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.utils.choices import BaseChoiceIterator
from django.utils.translation import gettext as _

from koprogo import numbers, readers
from koprogo.formats import enterprise_number, labels_of, without_separators
from koprogo.national import has_national_number
from koprogo.plausible import is_plausible

ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Labels(BaseChoiceIterator):
    """The choices of a field, in the language of each page."""

    def __init__(self, choices: type[TextChoices]) -> None:
        self.choices = choices

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from labels_of(self.choices).items()


class LineField(forms.CharField):
    """A line of text; further options become attributes of its input (`autocomplete`, `inputmode`, `size`)."""

    def __init__(self, *, attrs: dict[str, Any] | None = None, **options: Any) -> None:
        super().__init__(widget=options.pop("widget", forms.TextInput)(attrs=attrs or {}), **options)

    def to_python(self, value: Any) -> str:
        text = read(readers.clean, super().to_python(value) or "")
        if has_national_number(text):
            raise forms.ValidationError(
                _("Ce texte contient un numéro de registre national, qui ne peut pas être conservé : effacez-le.")
            )
        return self.meaning(text) if text else ""

    def meaning(self, text: str) -> str:
        """The value that the text stands for."""
        return text


class EnterpriseNumberField(LineField):
    """Shown `0999.900.150`, kept as ten digits."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "0999.900.150"}, **options
        )

    def meaning(self, text: str) -> str:
        return read(readers.enterprise_number, text)

    def prepare_value(self, value: Any) -> Any:
        return enterprise_number(value) if isinstance(value, str) and value.isdecimal() else value


class IbanField(LineField):
    """Kept without spaces, shown in groups of four."""

    def __init__(self, **options: Any) -> None:
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false"}, **options)

    def meaning(self, text: str) -> str:
        return read(readers.bank_account, text)

    def prepare_value(self, value: Any) -> Any:
        text = str(value or "").replace(" ", "")
        return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


class MailField(LineField):
    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.EmailInput, attrs={"autocomplete": "off"}, max_length=254, **options)

    def meaning(self, text: str) -> str:
        return read(readers.email, text)


class CountryField(LineField):
    """Two letters, as in BE."""

    def __init__(self, **options: Any) -> None:
        super().__init__(attrs={"autocomplete": "off", "maxlength": 2, "size": 2}, **options)

    def meaning(self, text: str) -> str:
        return read(readers.country, text)


class DayField(forms.DateField):
    """A day, picked in the browser or typed dd/mm/yyyy."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, input_formats=["%Y-%m-%d", "%d/%m/%Y"], **options)

    def to_python(self, value: Any) -> date | None:
        found = _iso_day(value) or super().to_python(value)
        if found is not None and not is_plausible(found):
            raise forms.ValidationError(_("Cette date n’est pas vraisemblable : vérifiez l’année."))
        return found


def _iso_day(value: Any) -> date | None:
    """As browsers send a day: read in one call, where reading it by its format takes thirty."""
    if isinstance(value, str) and ISO_DAY.fullmatch(value):
        with suppress(ValueError):
            return date.fromisoformat(value)
    return None


class NumberField(forms.Field):
    """A number typed with a comma or a point and any spaces; `reader` says which ones are meant (koprogo.numbers)."""

    def __init__(
        self, *, reader: Callable[[str], Any], inputmode: str = "decimal", attrs: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        given = {"inputmode": inputmode, "autocomplete": "off"} | (attrs or {})
        super().__init__(widget=forms.TextInput(attrs=given), **options)
        self.reader = reader

    def to_python(self, value: Any) -> Any:
        text = read(readers.clean, str(value or ""))
        return read(self.reader, text) if text else None

    def prepare_value(self, value: Any) -> Any:
        return without_separators(value) if isinstance(value, int | Decimal) else value


class MoneyField(NumberField):
    """Euros, typed as 1 234,50 or 1.234,50 or 1234.50; shown to two decimals."""

    def __init__(self, **options: Any) -> None:
        super().__init__(reader=numbers.money, **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value:.2f}".replace(".", ",") if isinstance(value, Decimal) else value


def read(reader: Callable[[str], Any], text: str) -> Any:
    """What a reader makes of the text, its refusal as the field's error."""
    try:
        return reader(text)
    except readers.Invalid as refusal:
        raise forms.ValidationError(str(refusal)) from refusal
