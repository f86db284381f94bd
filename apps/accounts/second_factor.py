"""The second factor: who needs one, what a session has proved with it, and what the journal hears of it."""

import base64
import hashlib
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.demo import is_demonstration_staff
from apps.accounts.models import Session, User
from apps.accounts.open_sessions import end_other_sessions
from apps.accounts.permissions import OFFICE_ROLES
from apps.audit.services import record
from koprogo.addresses import redirect

if TYPE_CHECKING:  # 8 MB that the worker never needs
    from cryptography.fernet import Fernet

PASSED = "second_factor"  # in the session's data: whose second factor it has passed
RECOVERY_CODES = Authenticator.Type.RECOVERY_CODES
View = Callable[..., HttpResponse]


# --- Who needs one ---
def has_passed(request: HttpRequest) -> bool:
    """Whether the person has proved a second factor in this session."""
    return bool(request.session.get(PASSED) == request.user.pk)


def is_missing(request: HttpRequest) -> bool:
    """Whether the chosen organization asks its office roles for a second factor that this session has not passed."""
    membership = request.membership  # type: ignore[attr-defined]
    return (
        membership is not None
        and membership.organization.requires_second_factor
        and membership.role in OFFICE_ROLES
        and not has_passed(request)
    )


def may_enter_as_staff(request: HttpRequest) -> bool:
    """Our staff always need a second factor; those of the demonstration do without, where it is shown."""
    user = cast(User, request.user)
    return user.is_active and user.is_staff and (has_passed(request) or is_demonstration_staff(user))


def ask(request: HttpRequest) -> HttpResponse:
    """To the page where a second factor is set up or confirmed, and from there back to what was to be opened."""
    path = request.get_full_path() if request.method == "GET" else "/"
    return redirect(f"{reverse('mfa_index')}?{urlencode({'next': path})}")


def staff_only(view: View) -> View:
    """For everybody else the page does not exist; staff without their second factor are sent to it."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not cast(User, request.user).is_staff:
            raise Http404
        if not may_enter_as_staff(request):
            return ask(request)
        return view(request, *args, **kwargs)

    return guarded


# --- How allauth's pages behave here ---
class SecondFactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("Ce code n’est pas le bon, ou il a déjà servi.")
    }

    def _get_site_name(self) -> str:
        """What applications and browsers file the account under."""
        return "KoproGo"

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Clé d’accès %(number)s") % {"number": count + 1}

    def encrypt(self, text: str) -> str:
        """Who reads the database alone can make no codes."""
        return _cipher(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """With another secret key than the one it was written with: chance, that no code fits."""
        from cryptography.fernet import InvalidToken

        try:
            return _cipher(settings.SECRET_KEY).decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            return generate_totp_secret()


def remove_all(*, user: User, reason: str) -> int:
    """For who has lost everything that opens the account but the password; how many second factors there were."""
    removed = Authenticator.objects.filter(user_id=user.pk)
    count = removed.exclude(type=RECOVERY_CODES).count()
    removed.delete()
    Session.objects.filter(user=user).delete()
    record("second_factor_removed", organization_id=None, on=user, reason=reason)
    return count


def _cipher(secret_key: str) -> "Fernet":
    from cryptography.fernet import Fernet

    digest = hashlib.sha256(b"koprogo second factor" + secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


# --- What the journal hears: allauth tells it by its signals (connected by apps.accounts.apps) ---
@receiver(signals.authenticator_added)
def note_added(request: HttpRequest, user: User, authenticator: Authenticator, **_others: Any) -> None:
    if authenticator.type == RECOVERY_CODES:
        note_codes_made(request, user)
        return
    _note("second_factor_added", request, user, changes={"kind": [None, authenticator.type]})
    _pass(request, user)


@receiver(signals.authenticator_reset)
def note_codes_made(request: HttpRequest, user: User, **_others: Any) -> None:
    _note("recovery_codes_made", request, user)


@receiver(signals.authenticator_removed)
def note_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_others: Any) -> None:
    """Without any second factor no session stays that has passed one."""
    if authenticator.type == RECOVERY_CODES:
        return
    _note("second_factor_removed", request, user, changes={"kind": [authenticator.type, None]})
    if not Authenticator.objects.filter(user_id=user.pk).exclude(type=RECOVERY_CODES).exists():
        request.session.pop(PASSED, None)
        end_other_sessions(request)


@receiver(signals.authenticator_used)
def note_used(request: HttpRequest, user: User, authenticator: Authenticator, **_others: Any) -> None:
    if authenticator.type == RECOVERY_CODES:
        authenticator.refresh_from_db(fields=["data"])
        left = len(RecoveryCodes(authenticator).get_unused_codes())
        _note("recovery_code_used", request, user, changes={"left": [left + 1, left]})
    _pass(request, user)


@receiver(signals.authentication_failed)
def note_failed(request: HttpRequest, user: User, authenticator: Authenticator, **_others: Any) -> None:
    _note("second_factor_failed", request, user, changes={"kind": [None, authenticator.type]})


def note_failed_passkey(request: HttpRequest, user: User | None) -> None:
    """allauth tells of failed codes only. At a sign-in without a password nobody knows yet who it is."""
    if user is None:
        record("sign_in_failed", organization_id=None)
    else:
        _note("second_factor_failed", request, user, changes={"kind": [None, Authenticator.Type.WEBAUTHN.value]})


def _pass(request: HttpRequest, user: User) -> None:
    """The session has proved more than before and goes on under another key; at sign-in it gets one anyway."""
    request.session[PASSED] = user.pk
    if request.user.is_authenticated:
        request.session.cycle_key()


def _note(action: str, request: HttpRequest, user: User, *, changes: dict[str, Any] | None = None) -> None:
    organization = request.organization  # type: ignore[attr-defined]
    record(action, organization_id=organization.pk if organization else None, on=user, changes=changes)
