from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_FILES = 20


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several; the clean value is their list."""

    widget = SeveralFiles(attrs={"multiple": True})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files or [None]]


class KeepLoadTestsForm(forms.Form):
    files: Any = FilesField(
        label=_("Résultats de deploy/loadtest"),
        help_text=_("Un ou plusieurs fichiers .json. Rien n’est gardé si l’un d’eux a un défaut."),
        error_messages={"empty": _("Ce fichier est vide : choisissez le résultat d’un test.")},
    )

    def clean_files(self) -> list[Any]:
        files: list[Any] = self.cleaned_data["files"]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("Vingt fichiers au plus à la fois."))
        return files
