"""Browsers that are signed in already, without the cost of a password."""

from typing import Any

from django.test import Client

from apps.accounts.models import Membership, Organization, User
from tests.factories import MembershipFactory


def client_of(membership: Membership, **options: Any) -> Client:
    """At work in the membership's organization."""
    return client_in(membership.organization, membership.user, **options)


def client_in(organization: Organization | None, user: User, *, second_factor: bool = False, **options: Any) -> Client:
    """Our staff have passed their second factor, without which they open nothing; others where it is said."""
    client = Client(**options)
    client.force_login(user)
    session = client.session
    if organization is not None:
        session["organization"] = organization.pk
    if second_factor or user.is_staff:
        session["second_factor"] = user.pk
    session.save()
    return client


def colleague(of: Membership, role: str, **fields: Any) -> Membership:
    """Another member of the same organization."""
    return MembershipFactory(organization=of.organization, role=role, **fields)
