from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.owners.models import Owner


class OwnerAccessForm(forms.Form):
    """Which owner to link to a member, or to unlink."""

    owner = forms.ModelChoiceField(
        Owner.objects.none(), error_messages={"invalid_choice": _("Ce copropriétaire n’existe pas ou plus.")}
    )
    step = forms.ChoiceField(choices=[("link", ""), ("unlink", "")])

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = Owner.objects.for_organization(organization)  # type: ignore[attr-defined]
