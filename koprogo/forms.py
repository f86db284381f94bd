"""Django's forms, quicker to make and to check: of the forms that are sent, few are shown again.

A choice that no page offered is remembered (`made_up`): apps.accounts.refusals tells the journal of it.
"""

import threading
from copy import deepcopy
from typing import Any, TypeVar

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass
from django.forms.widgets import ChoiceWidget

AnyField = TypeVar("AnyField", bound=forms.Field)


class _MadeUp(threading.local):
    """The fields of this request in which something was chosen that was not offered."""

    fields: frozenset[str] = frozenset()


made_up = _MadeUp()


class _FormClass(DeclarativeFieldsMetaclass):
    def __new__(cls, name: str, bases: tuple[type, ...], attributes: dict[str, Any]) -> Any:
        made: Any = super().__new__(cls, name, bases, attributes)
        made.base_fields = _Fields(made.base_fields)
        return made


class _Fields(dict[str, forms.Field]):
    """The fields of a class, which each of its forms copies: the plain ones without asking them how."""

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, forms.Field]:
        return {name: copied(field) if _is_plain(field) else deepcopy(field, memo) for name, field in self.items()}


def _is_plain(field: forms.Field) -> bool:
    return (type(field).__deepcopy__, type(field.widget).__deepcopy__) in PLAIN


# How Django copies a field and its widget, where `copied` does the same.
PLAIN = {
    (forms.Field.__deepcopy__, forms.Widget.__deepcopy__),
    (forms.ChoiceField.__deepcopy__, ChoiceWidget.__deepcopy__),
}


def copied(field: AnyField) -> AnyField:
    """Choices are set and never changed in place: all forms may have the same."""
    made, made.widget = _shallow(field), _shallow(field.widget)
    made.widget.attrs = field.widget.attrs.copy()
    made.error_messages = field.error_messages.copy()
    made.validators = field.validators[:]
    return made


def _shallow(given: Any) -> Any:
    made = object.__new__(type(given))
    made.__dict__.update(given.__dict__)
    return made


class Form(forms.Form, metaclass=_FormClass):
    def _clean_fields(self) -> None:
        """As Django does it, but for the bound fields, with labels and help, that only a page shows."""
        for name, field in self.fields.items():
            try:
                self.cleaned_data[name] = self._cleaned(name, field)
                if own := getattr(self, f"clean_{name}", None):
                    self.cleaned_data[name] = own()
            except forms.ValidationError as refusal:
                if any(each.code == "invalid_choice" for each in refusal.error_list):
                    made_up.fields |= {name}
                self.add_error(name, refusal)

    def _cleaned(self, name: str, field: forms.Field) -> Any:
        if field.disabled or isinstance(field, forms.FileField):  # what they have already counts
            return field._clean_bound_field(self[name])  # type: ignore[attr-defined]
        return field.clean(field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name)))
