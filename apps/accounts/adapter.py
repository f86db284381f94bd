"""How allauth's sign-in behaves here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.services import choose_organization, organizations_of
from apps.audit.services import record
from koprogo import context


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
        record("signed_out", organization_id=organization.pk if organization else None, on=request.user)
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        super().authentication_failed(request, **credentials)
        record("sign_in_failed", organization_id=None)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failed tries count for an account and an address together: a stranger elsewhere locks nobody out."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{key}:{self.get_client_ip(request)}"
