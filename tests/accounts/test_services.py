"""Inviting, joining, leaving."""

from datetime import timedelta

import pytest

from apps.accounts import services
from apps.accounts.models import Invitation, Membership, User
from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from koprogo import context
from tests.factories import NOON, MembershipFactory, OrganizationFactory, UserFactory

LATER = NOON + timedelta(days=1)


def invite(office: Membership, email: str = "nina@example.be", role: str = Role.ASSISTANT) -> str:
    return services.invite(organization=office.organization, email=email, role=role, by=office.user, at=NOON)


def begin(token: str) -> Membership:
    invitation = services.find_invitation(token=token, at=LATER)
    services.begin_with_invitation(invitation=invitation, name="Nina", password="un mot de passe", at=LATER)
    return Membership.objects.get(pk=invitation.membership_id)


def actions(office: Membership) -> list[str]:
    with context.working_as(organization_id=office.organization_id, actor="test"):
        events = AuditEvent.objects.exclude(action__in=["insert", "update", "delete"])
        return list(events.order_by("id").values_list("action", flat=True))


def test_an_invited_person_begins_as_a_member(office: Membership) -> None:
    membership = begin(invite(office))
    assert (membership.is_active, membership.role, membership.user.name) == (True, "assistant", "Nina")
    assert membership.user.check_password("un mot de passe")
    assert actions(office) == ["member_invited", "invitation_accepted"]


def test_the_acceptance_is_the_invited_persons_own_act(office: Membership) -> None:
    membership = begin(invite(office))
    assert AuditEvent.objects.get(action="invitation_accepted").actor_id == membership.user_id


def test_a_link_is_kept_as_a_digest_only(office: Membership) -> None:
    secret = invite(office).partition("-")[2]
    assert secret not in Invitation.objects.get().digest
    assert len(Invitation.objects.get().digest) == 64


def test_a_link_opens_once(office: Membership) -> None:
    token = invite(office)
    begin(token)
    with pytest.raises(services.InvitationClosed):
        services.find_invitation(token=token, at=LATER)


def test_two_clicks_at_once_accept_once(office: Membership) -> None:
    invitation = services.find_invitation(token=invite(office), at=LATER)
    Invitation.objects.update(accepted_at=LATER)
    with pytest.raises(services.InvitationClosed):
        services.begin_with_invitation(invitation=invitation, name="Nina", password="un mot de passe", at=LATER)


def test_a_link_expires_after_fourteen_days(office: Membership) -> None:
    token = invite(office)
    assert services.find_invitation(token=token, at=NOON + timedelta(days=13))
    with pytest.raises(services.InvitationClosed):
        services.find_invitation(token=token, at=NOON + timedelta(days=14))


@pytest.mark.parametrize("token", ["", "12", "-", "x-y", "1-", "999999999999999999999-x", "²-x"])
def test_a_made_up_link_is_closed_and_leaves_the_context_alone(office: Membership, token: str) -> None:
    before = context.current()
    with pytest.raises(services.InvitationClosed):
        services.find_invitation(token=token, at=NOON)
    assert context.current() == before


def test_a_link_of_another_organization_does_not_open_with_its_number_changed(office: Membership) -> None:
    secret = invite(office).partition("-")[2]
    with pytest.raises(services.InvitationClosed):
        services.find_invitation(token=f"{OrganizationFactory().pk}-{secret}", at=NOON)


def test_a_new_invitation_replaces_the_old_link_and_the_role(office: Membership) -> None:
    old = invite(office)
    new = invite(office, "NINA@example.be", Role.READER)
    with pytest.raises(services.InvitationClosed):
        services.find_invitation(token=old, at=NOON)
    assert services.find_invitation(token=new, at=NOON).membership.role == "reader"
    assert User.objects.filter(email__iexact="nina@example.be").count() == 1


def test_who_is_here_already_is_not_invited_again(office: Membership) -> None:
    begin(invite(office))
    with pytest.raises(services.AlreadyMember):
        invite(office, role=Role.MANAGER)
    assert Membership.objects.get(user__email="nina@example.be").role == "assistant"


def test_a_link_does_not_change_the_password_of_who_has_one(office: Membership) -> None:
    """Else any office could take over an account by inviting its address."""
    known = UserFactory(email="nina@example.be")
    invitation = services.find_invitation(token=invite(office), at=LATER)
    with pytest.raises(services.NotTheInvited):
        services.begin_with_invitation(invitation=invitation, name="Autre", password="un mot de passe", at=LATER)
    known.refresh_from_db()
    assert not known.check_password("un mot de passe")


def test_a_known_person_joins_only_as_themselves(office: Membership) -> None:
    known = UserFactory(email="nina@example.be")
    invitation = services.find_invitation(token=invite(office), at=LATER)
    with pytest.raises(services.NotTheInvited):
        services.join_by_invitation(invitation=invitation, by=office.user, at=LATER)
    services.join_by_invitation(invitation=invitation, by=known, at=LATER)
    assert services.organizations_of(known) == [office.organization]


def test_a_changed_role_is_told_with_the_one_before(office: Membership) -> None:
    other = MembershipFactory(organization=office.organization, role=Role.ASSISTANT)
    services.change_role(membership=other, role=Role.ACCOUNTANT)
    other.refresh_from_db()
    assert other.role == Role.ACCOUNTANT
    event = AuditEvent.objects.get(action="role_changed")
    assert (event.actor_id, event.object_id) == (office.user_id, other.pk)
    assert event.changes == {"role": ["assistant", "accountant"]}
    row = AuditEvent.objects.get(action="update", table="accounts_membership")
    assert row.changes == {"role": ["assistant", "accountant"]}


def test_the_same_role_changes_nothing(office: Membership) -> None:
    services.change_role(membership=office, role=Role.MANAGER)
    assert actions(office) == []


def test_the_last_manager_stays_manager(office: Membership) -> None:
    MembershipFactory(organization=office.organization, role=Role.MANAGER, is_active=False)
    MembershipFactory(role=Role.MANAGER)
    with pytest.raises(services.LastManager):
        services.change_role(membership=office, role=Role.ACCOUNTANT)
    office.refresh_from_db()
    assert office.role == Role.MANAGER


def test_one_of_two_managers_may_become_something_else(office: Membership) -> None:
    MembershipFactory(organization=office.organization, role=Role.MANAGER)
    services.change_role(membership=office, role=Role.READER)
    office.refresh_from_db()
    assert office.role == Role.READER


def test_ending_a_membership_keeps_the_row_and_is_told(office: Membership) -> None:
    other = MembershipFactory(organization=office.organization, role=Role.ACCOUNTANT)
    services.end_membership(membership=other)
    other.refresh_from_db()
    assert not other.is_active
    assert services.organizations_of(other.user) == []
    assert actions(office) == ["membership_ended"]


def test_ending_closes_an_open_link(office: Membership) -> None:
    token = invite(office)
    services.end_membership(membership=Membership.objects.get(user__email="nina@example.be"))
    with pytest.raises(services.InvitationClosed):
        services.find_invitation(token=token, at=NOON)


def test_the_last_manager_stays(office: Membership) -> None:
    MembershipFactory(organization=office.organization, role=Role.MANAGER, is_active=False)
    with pytest.raises(services.LastManager):
        services.end_membership(membership=office)


def test_one_of_two_managers_may_go(office: Membership) -> None:
    MembershipFactory(organization=office.organization, role=Role.MANAGER)
    services.end_membership(membership=office)
    office.refresh_from_db()
    assert not office.is_active
