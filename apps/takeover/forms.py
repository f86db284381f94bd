from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_SIZE = 10 * 1024 * 1024


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("Classeur de reprise"),
        help_text=_("Un fichier .xlsx de 10 Mo au plus. Rien n'est écrit avant que vous ne confirmiez."),
        error_messages={"empty": _("Ce fichier est vide : choisissez le classeur enregistré par votre tableur.")},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_SIZE:
            raise forms.ValidationError(_("Ce fichier dépasse 10 Mo : partagez-le en plusieurs classeurs."))
        return file


class ConfirmForm(forms.Form):
    approve = forms.BooleanField(
        label=_("Approuver les factures à la date de la facture (reprise)"), required=False,
        help_text=_("Elles comptent comme décomptées par le syndic précédent."),
    )  # fmt: skip
    still_to_be_settled = forms.BooleanField(
        label=_("Ces factures approuvées sont encore à décompter par nous"), required=False
    )
