"""How allauth's sign-in behaves here."""

from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.services import choose_organization, organizations_of
from apps.audit.services import record
from koprogo import context
from koprogo.visitors import client_address

# allauth's own words for what the page shows by itself.
NEEDLESS_MESSAGES = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People come by invitation only."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        context.enter(context.current()._replace(actor=str(user.pk)))
        record("signed_in", organization_id=None, on=user)
        organizations = organizations_of(user)
        if len(organizations) == 1:
            choose_organization(request, organizations[0])

    def logout(self, request: HttpRequest) -> None:
        organization = request.organization  # type: ignore[attr-defined]
        record("signed_out", organization_id=organization.pk if organization else None, on=cast(User, request.user))
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        tried = User.objects.filter(email=credentials.get("email", "").lower()).first()
        record("sign_in_failed", organization_id=None, on=tried)

    def reauthenticate(self, user: User, password: str) -> bool:
        """The password once more, under the same limits as at sign-in."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        if message_template not in NEEDLESS_MESSAGES or level > messages.SUCCESS:
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """For all of allauth's limits: the same address as the journal's."""
        return client_address(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed tries count for an account and an address together: a stranger elsewhere locks nobody out."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
