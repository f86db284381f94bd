"""Reads across memberships."""

from dataclasses import dataclass
from datetime import datetime

from apps.accounts.models import Invitation, Membership, Organization
from apps.accounts.permissions import Role


def member_of(role: str, organization: int, membership: int) -> Membership:
    """A member known by numbers alone: who asks a prepared question (koprogo.prepared)."""
    return Membership(pk=membership, role=role, organization=Organization(pk=organization))


@dataclass(frozen=True, slots=True)
class Member:
    """One line of the team page: somebody who is here, or who is invited."""

    id: int
    user_id: int
    name: str
    email: str
    role: str
    label: str
    is_active: bool
    invited_until: datetime | None
    is_expired: bool

    @property
    def needs_buildings(self) -> bool:
        """A reader sees the buildings that were given to them, and none else."""
        return self.role == Role.READER

    @property
    def needs_owner(self) -> bool:
        """Somebody with the role of co-owner sees nothing until it is said which one they are."""
        return self.role == Role.OWNER


def team_of(organization: Organization, *, at: datetime) -> list[Member]:
    """Active members by name, then those who are invited. Two statements."""
    invited = dict(
        Invitation.objects.for_organization(organization)
        .filter(accepted_at=None)
        .values_list("membership_id", "expires_at")
    )
    memberships = (
        Membership.objects.for_organization(organization)
        .select_related("user")
        .order_by("-is_active", "user__name", "user__email", "id")
    )
    return [_member(each, invited.get(each.pk), at) for each in memberships if each.is_active or each.pk in invited]


def _member(membership: Membership, invited_until: datetime | None, at: datetime) -> Member:
    user = membership.user
    # Whoever was only invited may be somebody elsewhere: their name is theirs to give.
    name = user.name if membership.is_active and user.name else user.email
    return Member(
        membership.pk, user.pk, name, user.email, membership.role,
        str(membership.get_role_display()), membership.is_active,
        None if membership.is_active else invited_until, invited_until is not None and invited_until <= at,
    )  # fmt: skip
