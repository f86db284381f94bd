"""The page of one's own security: second factors and open sessions."""

from typing import cast

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import open_sessions
from apps.accounts.models import User
from apps.accounts.second_factor import has_passed, is_missing, may_enter_as_staff
from koprogo.addresses import redirect
from koprogo.jinja import render


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """allauth's pages come back here; who is sent here for want of a second factor reads why."""
    user = cast(User, request.user)
    found = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "id"))
    by_type = {each.type: each for each in found}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    context = {
        "application": by_type.get(Authenticator.Type.TOTP),
        "passkeys": [each for each in found if each.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "is_asked_by_organization": is_missing(request),
        "is_asked_of_staff": user.is_staff and not may_enter_as_staff(request),
        "is_to_be_confirmed": bool(found) and not has_passed(request),
        "confirm": "mfa_reauthenticate" if "totp" in by_type else "mfa_reauthenticate_webauthn",
        "next": _next(request),
        "sessions": open_sessions.open_sessions(request),
    }
    return render(request, "accounts/security.html", context)


def _next(request: HttpRequest) -> str:
    """Where the person wanted to go; the start page for any address that is not ours."""
    address = request.GET.get("next", "")
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else "/"


@require_POST
def end_session(request: HttpRequest, name: str) -> HttpResponse:
    if not open_sessions.end_session(request, name):
        raise Http404
    messages.success(request, _("La session est fermée."))
    return redirect("mfa_index")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    count = open_sessions.end_other_sessions(request)
    closed = ngettext("%(count)s autre session est fermée.", "%(count)s autres sessions sont fermées.", count)
    messages.success(request, closed % {"count": count})
    return redirect("mfa_index")
