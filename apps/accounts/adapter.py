"""How allauth's sign-in behaves here."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as allauth_context
from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy

from apps.accounts.devices import known_device, remember_device
from apps.accounts.mails import after_the_answer
from apps.accounts.models import Session, User
from apps.accounts.open_sessions import note_place
from apps.accounts.services import choose_organization, organizations_of
from apps.audit.services import record
from koprogo import context
from koprogo.visitors import client_address

# allauth's own words for what the page shows by itself.
NEEDLESS_MESSAGES = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}

# And what it says in words that are not ours.
IN_OUR_WORDS = {
    "mfa/messages/recovery_codes_generated.txt": gettext_lazy("Vous avez de nouveaux codes de secours."),
    "mfa/messages/totp_activated.txt": gettext_lazy("L’application d’authentification est ajoutée."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("L’application d’authentification est retirée."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("La clé d’accès est ajoutée."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("La clé d’accès est retirée."),
}
CONFIRM_BY = {
    "reauthenticate": gettext_lazy("Utiliser le mot de passe"),
    "mfa_reauthenticate": gettext_lazy("Utiliser un code de l’application, ou de secours"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Utiliser une clé d’accès"),
}


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come by invitation only."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        note_place(request)
        context.enter(context.current()._replace(actor=str(user.pk)))
        record("signed_in", organization_id=None, on=user)
        organizations = organizations_of(user)
        if len(organizations) == 1:
            choose_organization(request, organizations[0])

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **details)
        remember_device(request, response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        organization = request.organization  # type: ignore[attr-defined]
        record("signed_out", organization_id=organization.pk if organization else None, on=cast(User, request.user))
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        tried = User.objects.filter(email=credentials.get("email", "").lower()).first()
        record("sign_in_failed", organization_id=None, on=tried)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Tries from a device where this person has signed in before are counted for that device alone: whatever
        strangers try elsewhere, or at the same address, locks nobody out.
        """
        device = known_device(request, email=credentials.get("email", ""))
        if device is None:
            super().pre_authenticate(request, **credentials)
            return
        self._login_failed_rl_usage = ratelimit.consume(
            request, app="allauth.account", action="known_device", key=device
        )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def set_password(self, user: User, password: str) -> None:
        """A new password ends every session that was opened with the old one, but the one that changes it."""
        super().set_password(user, password)
        sessions = Session.objects.filter(user=user).exclude(session_key=self.request.session.session_key or "")
        sessions.delete()

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        request, send = self.request, super().send_password_reset_mail

        def later() -> None:
            with allauth_context.request_context(request):
                send(user, email, context)

        after_the_answer(request, later)

    def reauthenticate(self, user: User, password: str) -> bool:
        """The password once more, under the same limits as at sign-in."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def get_reauthentication_methods(self, user: User) -> list[dict[str, Any]]:
        """In our own words."""
        methods = super().get_reauthentication_methods(user)
        return [method | {"description": CONFIRM_BY[method["id"]]} for method in methods]

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template in IN_OUR_WORDS:
            super().add_message(request, messages.SUCCESS, message=str(IN_OUR_WORDS[message_template]))
        elif message_template not in NEEDLESS_MESSAGES or level > messages.SUCCESS:
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """For all of allauth's limits: the same address as the journal's."""
        return client_address(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed tries count for an account and an address together: a stranger elsewhere locks nobody out."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
