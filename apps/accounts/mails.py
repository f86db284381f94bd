"""The mails of sign-in and invitation."""

import logging
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from apps.accounts.models import Invitation, Membership, User

logger = logging.getLogger(__name__)


def mail_invitation(*, membership: Membership, link: str, by: User | None) -> None:
    """Send the link of the membership's open invitation to the person, in their language, once it is committed.

    A mail that cannot be sent is logged: whoever invites has the link before their eyes.
    """
    organization = membership.organization
    invitation = Invitation.objects.for_organization(organization).get(membership=membership, accepted_at=None)
    with translation.override(membership.user.language):
        values = {
            "organization": organization.name, "role": membership.get_role_display(), "link": link,
            "until": invitation.expires_at, "by": by.name if by else "",
        }  # fmt: skip
        subject = _("KoproGo – invitation de %(name)s") % {"name": organization.name}
        text = render_to_string("accounts/email/invitation.txt", values).strip()
    transaction.on_commit(partial(send_mail, subject, text, None, [membership.user.email]), robust=True)


def after_the_answer(request: HttpRequest, send: Callable[[], None]) -> None:
    """Send a mail when the answer has gone: how long it takes tells nobody whether there is a mail at all."""
    request.mails = [*getattr(request, "mails", []), send]  # type: ignore[attr-defined]


def answering_first(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view whose mails leave after its answer."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        close, language = response.close, translation.get_language()

        def close_and_send() -> None:
            close()
            with translation.override(language):
                for send in getattr(request, "mails", []):
                    _try(send)

        response.close = close_and_send  # type: ignore[method-assign]
        return response

    return wrapped


def _try(send: Callable[[], None]) -> None:
    try:
        send()
    except Exception:
        logger.exception("a mail could not be sent")
