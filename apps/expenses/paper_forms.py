"""Papers that come in with a form: several at once, judged one by one."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.access import MemberRequest
from apps.documents.contents import NotAPaper
from apps.documents.models import Document
from apps.documents.services import keep_paper

ACCEPTED = ".pdf,.png,.jpg,.jpeg,.webp,application/pdf,image/png,image/jpeg,image/webp"
MOST_PAPERS = 10  # at once


class PapersInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PapersField(forms.FileField):
    """Any number of files; what they are is judged one by one, so that a bad one takes no good one along."""

    widget = PapersInput(attrs={"multiple": True, "accept": ACCEPTED})

    def clean(self, data: Any, initial: Any = None) -> Any:
        return list(data or [])[:MOST_PAPERS]


def _most() -> str:
    return _("PDF, PNG, JPEG ou WebP ; %(size)s Mo au plus par fichier.") % {"size": settings.KOPROGO_PAPER_MEGABYTES}


class PapersForm(forms.Form):
    papers = PapersField(label=gettext_lazy("Pièces jointes"), required=False, help_text=lazy(_most, str)())


def keep_papers(request: MemberRequest, form: PapersForm) -> tuple[list[Document], list[str]]:
    """Keep the files that are papers until the form is saved; of the others a sentence each."""
    form.full_clean()
    kept, faults = [], []
    for file in form.cleaned_data["papers"]:
        try:
            kept.append(_keep(request, file))
        except NotAPaper as refusal:
            faults.append(_("%(name)s : %(value)s") % {"name": file.name, "value": refusal})
    return kept, faults


def _keep(request: MemberRequest, file: Any) -> Document:
    """Raises NotAPaper."""
    most = settings.KOPROGO_PAPER_MEGABYTES
    if file.size > most * 1024 * 1024:
        raise NotAPaper(
            _("Ce fichier dépasse %(size)s Mo : réduisez-le ou scannez en qualité moindre.") % {"size": most}
        )
    if not file.size:
        raise NotAPaper(_("Ce fichier est vide."))
    return keep_paper(
        organization=request.organization, file=file, name=file.name, by=request.user, at=timezone.now()
    )  # fmt: skip
