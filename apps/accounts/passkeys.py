"""allauth's forms for passkeys, told that a browser may send anything at all."""

import logging
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as passkeys
from django import forms

from apps.accounts.second_factor import note_failed_passkey

logger = logging.getLogger(__name__)
LONGEST_ANSWER = 20_000  # a real one has about 2 000 characters


class CredentialField(forms.JSONField):
    """A passkey's answer, as static/passkeys.js writes it."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and (len(value) > LONGEST_ANSWER or "\\u0000" in value):
            raise get_adapter().validation_error("incorrect_code")
        try:
            found = super().to_python(value)
        except RecursionError:
            found = None
        if found is not None and not isinstance(found, dict):
            raise get_adapter().validation_error("incorrect_code")
        return found


def _refused(error: Exception) -> forms.ValidationError:
    """The library that reads a passkey's answer fails at a forged one in many ways; none is an error of ours."""
    if isinstance(error, forms.ValidationError):
        return error
    logger.info("unreadable passkey", exc_info=error)
    refusal: forms.ValidationError = get_adapter().validation_error("incorrect_code")
    return refusal


class AddForm(passkeys.AddWebAuthnForm):
    name = forms.CharField(required=False, max_length=100)
    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except Exception as error:
            raise _refused(error) from error
        return cleaned


class _Answered(passkeys.AuthenticateWebAuthnForm):
    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        try:
            found: Authenticator = super().clean_credential()
        except Exception as error:
            note_failed_passkey(context.request, self.user)
            raise _refused(error) from error
        return found


class AuthenticateForm(_Answered, passkeys.AuthenticateWebAuthnForm):
    pass


class LoginForm(_Answered, passkeys.LoginWebAuthnForm):
    pass


class ReauthenticateForm(_Answered, passkeys.ReauthenticateWebAuthnForm):
    pass
