"""Founding an organization, inviting people, entering and leaving."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import models, transaction
from django.http import HttpRequest

from apps.accounts.models import Invitation, Language, Membership, Organization, Submission, User
from apps.accounts.permissions import Role
from apps.audit.services import record
from koprogo import context

INVITATION_LASTS = timedelta(days=14)
SUBMISSION_LASTS = timedelta(days=7)


class AlreadyMember(Exception):
    """The person is an active member of this organization."""


class InvitationClosed(Exception):
    """The link is unknown, used or expired."""


class NotTheInvited(Exception):
    """The person has an account already: only they join, signed in."""


class LastManager(Exception):
    """An organization keeps at least one manager."""


@transaction.atomic
def create_organization(
    *, name: str, slug: str, manager_email: str, language: str, at: datetime
) -> tuple[Organization, str]:
    """An organization and the invitation link's token for its first manager. Runs under the owner's role."""
    organization = Organization.objects.create(name=name, slug=slug, language=language)
    with context.working_as(organization_id=organization.pk, actor="command line"):
        record("organization_created", organization_id=organization.pk, on=organization)
        token = invite(organization=organization, email=manager_email, role=Role.MANAGER, by=None, at=at)
    return organization, token


@transaction.atomic
def invite(*, organization: Organization, email: str, role: str, by: User | None, at: datetime) -> str:
    """Invite a person; the returned token goes into the link and is kept nowhere. Raises AlreadyMember.

    An earlier invitation of the same person is replaced.
    """
    user = User.objects.filter(email__iexact=email.strip()).first() or User.objects.create_user(
        email, name="", language=organization.language
    )
    membership, _ = Membership.objects.get_or_create(
        organization=organization, user=user, defaults={"role": role, "is_active": False}
    )
    if membership.role != role and not membership.is_active:
        membership.role = role
        membership.save(update_fields=["role"])
    return invite_again(membership=membership, by=by, at=at)


@transaction.atomic
def invite_again(*, membership: Membership, by: User | None, at: datetime) -> str:
    """A new link for somebody who is not here yet; the old one no longer opens. Raises AlreadyMember."""
    if membership.is_active:
        raise AlreadyMember
    _open_invitations(membership).delete()
    secret = secrets.token_urlsafe(32)
    Invitation.objects.create(
        organization_id=membership.organization_id, membership=membership, digest=_digest(secret), invited_by=by,
        expires_at=at + INVITATION_LASTS,
    )  # fmt: skip
    record(
        "member_invited", organization_id=membership.organization_id, on=membership,
        changes={"role": [None, membership.role]},
    )  # fmt: skip
    # The organization stands in the link, so that the invitation is read behind row-level security too.
    return f"{membership.organization_id}-{secret}"


def find_invitation(*, token: str, at: datetime) -> Invitation:
    """The open invitation behind a link. Sets the context to its organization. Raises InvitationClosed."""
    organization_id, _, secret = token.partition("-")
    if not (organization_id.isascii() and organization_id.isdecimal()) or len(organization_id) > 18:
        raise InvitationClosed
    before = context.current()
    context.enter(before._replace(organization=organization_id))
    invitation = (
        Invitation.objects.for_organization(int(organization_id))
        .select_related("organization", "membership__user", "invited_by")
        .filter(digest=_digest(secret))
        .first()
    )
    if invitation is None or not invitation.is_open(at=at):
        context.enter(before)
        raise InvitationClosed
    return invitation


@transaction.atomic
def begin_with_invitation(*, invitation: Invitation, name: str, password: str, at: datetime) -> None:
    """A new person takes name and password and becomes a member. Raises InvitationClosed, NotTheInvited."""
    user = User.objects.select_for_update().get(pk=invitation.membership.user_id)
    # Who can sign in already would otherwise lose the account to whoever holds a link for the address.
    if user.has_usable_password():
        raise NotTheInvited
    context.enter(context.current()._replace(actor=str(user.pk)))
    _accept(invitation, at=at)
    user.set_password(password)
    user.name = name
    user.save(update_fields=["password", "name"])


@transaction.atomic
def join_by_invitation(*, invitation: Invitation, by: User, at: datetime) -> None:
    """A person who is signed in joins another organization. Raises InvitationClosed, NotTheInvited."""
    if by.pk != invitation.membership.user_id:
        raise NotTheInvited
    _accept(invitation, at=at)


def _accept(invitation: Invitation, *, at: datetime) -> None:
    invitations = Invitation.objects.for_organization(invitation.organization_id)
    locked = invitations.select_for_update().filter(pk=invitation.pk).first()
    if locked is None or not locked.is_open(at=at):
        raise InvitationClosed
    locked.accepted_at = at
    locked.save(update_fields=["accepted_at"])
    Membership.objects.for_organization(locked.organization_id).filter(pk=locked.membership_id).update(is_active=True)
    record("invitation_accepted", organization_id=locked.organization_id, on=invitation.membership)


@transaction.atomic
def change_role(*, membership: Membership, role: str) -> None:
    """Another role in the same organization, from the next page on. Raises LastManager."""
    if role == membership.role:
        return
    _keep_a_manager(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    record(
        "role_changed", organization_id=membership.organization_id, on=membership, changes={"role": [before, role]}
    )  # fmt: skip


@transaction.atomic
def end_membership(*, membership: Membership) -> None:
    """The person no longer enters this organization; what they did stays. Raises LastManager.

    Somebody who has not come yet is no longer invited.
    """
    _keep_a_manager(membership)
    _open_invitations(membership).delete()
    membership.is_active = False
    membership.save(update_fields=["is_active"])
    record("membership_ended", organization_id=membership.organization_id, on=membership)


@transaction.atomic
def require_second_factor(*, organization: Organization, is_required: bool) -> None:
    """Whether the office's roles need a second factor here, from the next page on."""
    changed = Organization.objects.filter(pk=organization.pk, requires_second_factor=not is_required)
    if changed.update(requires_second_factor=is_required):
        action = "second_factor_required" if is_required else "second_factor_not_required"
        record(action, organization_id=organization.pk, on=organization)


def _keep_a_manager(membership: Membership) -> None:
    """Raises LastManager. Whoever else leaves or changes roles at this moment waits."""
    members = Membership.objects.for_organization(membership.organization_id)
    managers = members.select_for_update().filter(role=Role.MANAGER, is_active=True).order_by("id")
    if [each.pk for each in managers] == [membership.pk]:
        raise LastManager


def _open_invitations(membership: Membership) -> models.QuerySet[Invitation]:
    invitations = Invitation.objects.for_organization(membership.organization_id)
    return invitations.filter(membership=membership, accepted_at=None)


def choose_organization(request: HttpRequest, organization: Organization, *, reason: str = "") -> None:
    """Enter an organization for the rest of the session. Staff give a reason; it is audited there."""
    request.session["organization"] = organization.pk
    context.enter(context.current()._replace(organization=str(organization.pk)))
    action = "staff_entered" if reason else "organization_chosen"
    record(action, organization_id=organization.pk, on=organization, reason=reason)


def leave_organization(request: HttpRequest, organization: Organization) -> None:
    """Staff are done with an organization."""
    record("staff_left", organization_id=organization.pk, on=organization)
    request.session.pop("organization", None)
    context.enter(context.current()._replace(organization=""))


def organizations_of(user: User) -> list[Organization]:
    return list(Organization.objects.filter(memberships__user=user, memberships__is_active=True).order_by("name", "id"))


def update_profile(*, user: User, name: str, language: Language) -> None:
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def forget_submissions(*, organization: Organization, at: datetime) -> None:
    """Forget the forms that nobody will send a second time any more."""
    Submission.objects.for_organization(organization).filter(at__lt=at - SUBMISSION_LASTS).delete()
