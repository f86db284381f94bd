from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Language, User
from apps.accounts.permissions import Role


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Nom"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    language = forms.ChoiceField(label=_("Langue"), choices=Language.choices)


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("Adresse e-mail"), max_length=254)
    role = forms.ChoiceField(label=_("Rôle"), choices=Role.choices, initial=Role.ASSISTANT, widget=forms.RadioSelect)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Rôle"), choices=Role.choices, widget=forms.RadioSelect)


class AcceptInvitationForm(forms.Form):
    """Name and password of an invited person who has no account yet."""

    name = forms.CharField(label=_("Nom"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label=_("Mot de passe"),
        help_text=_("Au moins 10 caractères, et pas un mot de passe courant."),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("Mot de passe, encore une fois"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if password := data.get("password"):
            self._check(password, data)
        return data

    def _check(self, password: str, data: dict[str, Any]) -> None:
        person = User(email=self.user.email, name=data.get("name", ""))
        try:
            validate_password(password, person)
        except forms.ValidationError as error:
            self.add_error("password", error)
        if password != data.get("password_again"):
            self.add_error("password_again", _("Les deux mots de passe ne sont pas les mêmes."))


class StaffEntryForm(forms.Form):
    """The organization that a member of our staff looks at, and why."""

    organization = forms.IntegerField()
    reason = forms.CharField(max_length=200, min_length=5)
