"""Browsers that are signed in already, without the cost of a password."""

from typing import Any

from django.test import Client

from apps.accounts.models import Membership, Organization, User
from tests.factories import MembershipFactory


def client_of(membership: Membership, **options: Any) -> Client:
    """At work in the membership's organization."""
    return client_in(membership.organization, membership.user, **options)


def client_in(organization: Organization | None, user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    if organization is not None:
        session = client.session
        session["organization"] = organization.pk
        session.save()
    return client


def colleague(of: Membership, role: str, **fields: Any) -> Membership:
    """Another member of the same organization."""
    return MembershipFactory(organization=of.organization, role=role, **fields)
