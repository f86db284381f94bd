"""Profile, team, invitations: what each person meets."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Invitation, Membership, User
from apps.accounts.permissions import Role
from koprogo import context
from tests.accounts.clients import client_in, client_of, colleague
from tests.factories import PASSWORD, MembershipFactory, UserFactory

LINK = re.compile(r'value="http://testserver(/invitations/[^"]+/)"')
NEW_PERSON = {"name": "Nina Peeters", "password": "un mot de passe", "password_again": "un mot de passe"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def invite(client: Client, email: str = "nina@example.be", role: str = Role.ASSISTANT) -> str:
    """The path of the link that the page shows."""
    return LINK.search(text(client.post("/team/invite/", {"email": email, "role": role}))).group(1)


# --- Profile ---
def test_the_profile_is_saved_and_the_next_page_speaks_the_language(office: Membership) -> None:
    client = client_of(office)
    assert client.post("/profile/", {"name": "Claire D.", "language": "nl"}).status_code == 302
    office.user.refresh_from_db()
    assert (office.user.name, office.user.language) == ("Claire D.", "nl")
    assert client.get("/profile/").headers["Content-Language"] == "nl"


def test_a_wrong_profile_is_shown_again(office: Membership) -> None:
    answer = client_of(office).post("/profile/", {"name": "", "language": "xx"})
    assert answer.status_code == 422
    assert "2 points sont à corriger" in text(answer)


def test_the_profile_leads_to_the_page_of_ones_security_and_that_to_the_password(office: Membership) -> None:
    assert "/account/security/" in text(client_of(office).get("/profile/"))
    assert "/account/password/change/" in text(client_of(office).get("/account/security/"))


# --- Team ---
def test_the_team_shows_members_and_invited_but_not_who_left(office: Membership) -> None:
    colleague(office, Role.ACCOUNTANT, user__name="Marc Dupuis")
    colleague(office, Role.ASSISTANT, user__name="Parti Hier", is_active=False)
    MembershipFactory(user__name="Du Voisin")
    client = client_of(office)
    invite(client)
    page = text(client.get("/team/"))
    assert "Marc Dupuis" in page
    assert "nina@example.be" in page
    assert "invité" in page
    assert "Parti Hier" not in page
    assert "Du Voisin" not in page


def test_an_expired_link_is_said(office: Membership) -> None:
    client = client_of(office)
    invite(client)
    with context.working_as(organization_id=office.organization_id, actor="test"):
        Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert "lien expiré" in text(client.get("/team/"))


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.ASSISTANT, Role.READER, Role.OWNER])
def test_only_managers_see_and_change_the_team(office: Membership, role: str) -> None:
    client = client_of(colleague(office, role))
    for path in ["/team/", "/team/invite/", f"/team/{office.pk}/role/", f"/team/{office.pk}/end/"]:
        assert client.get(path).status_code == 403
    assert client.post("/team/invite/", {"email": "x@example.be", "role": "manager"}).status_code == 403
    assert client.post(f"/team/{office.pk}/end/").status_code == 403
    assert client.post(f"/team/{office.pk}/invite/").status_code == 403


def test_a_membership_of_the_neighbour_does_not_exist(office: Membership) -> None:
    foreign = MembershipFactory()
    client = client_of(office)
    assert client.get(f"/team/{foreign.pk}/role/").status_code == 404
    assert client.post(f"/team/{foreign.pk}/role/", {"role": "reader"}).status_code == 404
    assert client.get(f"/team/{foreign.pk}/end/").status_code == 404
    assert client.post(f"/team/{foreign.pk}/end/").status_code == 404
    assert client.post(f"/team/{foreign.pk}/invite/").status_code == 404


def test_ending_asks_first_and_then_ends_at_once(office: Membership) -> None:
    other = colleague(office, Role.ACCOUNTANT)
    theirs, mine = client_of(other), client_of(office)
    assert "dès maintenant" in text(mine.get(f"/team/{other.pk}/end/"))
    assert office.organization.name in text(theirs.get("/profile/"))
    page = mine.post(f"/team/{other.pk}/end/", follow=True)
    assert "n’a plus accès" in text(page)
    assert theirs.get("/team/").url == "/organizations/"


def test_a_role_is_changed_from_the_teams_page_at_once(office: Membership) -> None:
    other = colleague(office, Role.ASSISTANT)
    theirs, mine = client_of(other), client_of(office)
    address = f"/team/{other.pk}/role/"
    assert address in text(mine.get("/team/"))
    assert re.search(r'value="assistant"[^>]* checked', text(mine.get(address)))
    assert theirs.get("/takeover/").status_code == 403
    answer = mine.post(address, {"role": "accountant"}, follow=True)
    assert answer.redirect_chain == [("/team/", 302)]
    assert "a maintenant un autre rôle : comptable" in text(answer)
    assert theirs.get("/takeover/").status_code == 200


@pytest.mark.parametrize("role", ["", "king"])
def test_an_unknown_role_is_shown_again(office: Membership, role: str) -> None:
    other = colleague(office, Role.ASSISTANT)
    assert client_of(office).post(f"/team/{other.pk}/role/", {"role": role}).status_code == 422


def test_the_last_manager_is_told_why_they_stay_manager(office: Membership) -> None:
    answer = client_of(office).post(f"/team/{office.pk}/role/", {"role": "reader"})
    assert answer.status_code == 422
    assert "au moins un gestionnaire" in text(answer)


def test_who_gives_up_their_own_role_lands_on_a_page_that_is_theirs(office: Membership) -> None:
    colleague(office, Role.MANAGER)
    answer = client_of(office).post(f"/team/{office.pk}/role/", {"role": "reader"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert answer.status_code == 200


def test_the_last_manager_is_told_why_not(office: Membership) -> None:
    page = client_of(office).post(f"/team/{office.pk}/end/", follow=True)
    assert "au moins un gestionnaire" in text(page)


# --- Invitations ---
def test_the_link_is_shown_once(office: Membership) -> None:
    client = client_of(office)
    link = invite(client)
    assert link not in text(client.get("/team/"))


def test_the_link_goes_out_by_mail_too_in_the_persons_language(
    office: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    UserFactory(email="nina@example.be", language="fr")
    with django_capture_on_commit_callbacks(execute=True):
        link = invite(client_of(office))
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["nina@example.be"], f"KoproGo – invitation de {office.organization.name}")
    assert f"http://testserver{link}" in sent.body
    assert f"{office.user.name} vous invite" in sent.body


@pytest.mark.parametrize("password", ["Bruxelles2026!", "motdepasse123", "court"])
def test_who_is_invited_takes_no_common_password(office: Membership, password: str) -> None:
    data = {"name": "Nina", "password": password, "password_again": password}
    assert Client().post(invite(client_of(office)), data).status_code == 422


def test_inviting_a_member_says_so(office: Membership) -> None:
    answer = client_of(office).post("/team/invite/", {"email": office.user.email, "role": "manager"})
    assert answer.status_code == 422
    assert "fait déjà partie" in text(answer)


def test_a_wrong_address_is_shown_again(office: Membership) -> None:
    answer = client_of(office).post("/team/invite/", {"email": "nina", "role": "king"})
    assert answer.status_code == 422
    assert "2 points" in text(answer)


@pytest.mark.parametrize(
    ("role", "words"), [(Role.READER, "choisir les immeubles"), (Role.OWNER, "de quel copropriétaire")]
)
def test_after_inviting_a_reader_or_an_owner_the_page_says_what_is_next(
    office: Membership, role: str, words: str
) -> None:
    page = text(client_of(office).post("/team/invite/", {"email": "nina@example.be", "role": role}))
    membership = Membership.objects.get(user__email="nina@example.be")
    assert words in page
    assert f"access/{membership.pk}/" in page or f"access-stub/{membership.pk}/" in page


def test_a_new_link_closes_the_old_one(office: Membership) -> None:
    client = client_of(office)
    old = invite(client)
    membership = Membership.objects.get(user__email="nina@example.be")
    new = LINK.search(text(client.post(f"/team/{membership.pk}/invite/"))).group(1)
    assert Client().get(old).status_code == 410
    assert Client().get(new).status_code == 200


def test_who_is_here_gets_no_new_link(office: Membership) -> None:
    other = colleague(office, Role.ACCOUNTANT)
    page = client_of(office).post(f"/team/{other.pk}/invite/", follow=True)
    assert "a déjà accepté" in text(page)


# --- The invited person ---
def test_a_new_person_takes_a_name_and_a_password_and_signs_in(office: Membership) -> None:
    link, nina = invite(client_of(office)), Client()
    assert office.organization.name in text(nina.get(link))
    assert nina.post(link, NEW_PERSON).url == "/account/login/"
    answer = nina.post("/account/login/", {"login": "nina@example.be", "password": "un mot de passe"})
    assert answer.url == "/"
    assert nina.get(link).status_code == 410


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password_again": "autre"}, "ne sont pas les mêmes"),
        ({"password": "court", "password_again": "court"}, "10"),
        ({"password": "nina@example.be", "password_again": "nina@example.be"}, "mot de passe"),
        ({"name": ""}, "obligatoire"),
    ],
)
def test_a_weak_beginning_is_refused(office: Membership, change: dict[str, str], words: str) -> None:
    link = invite(client_of(office))
    answer = Client().post(link, NEW_PERSON | change)
    assert answer.status_code == 422
    assert words in text(answer)
    assert not User.objects.get(email="nina@example.be").has_usable_password()


def test_a_known_person_signs_in_and_joins(office: Membership) -> None:
    known = MembershipFactory(user__email="nina@example.be").user
    link, nina = invite(client_of(office)), Client()
    assert "connectez-vous pour rejoindre" in text(nina.get(link))
    nina.post(link, NEW_PERSON)
    assert not Membership.objects.get(user=known, organization=office.organization).is_active
    answer = nina.post(f"/account/login/?next={link}", {"login": known.email, "password": PASSWORD, "next": link})
    assert answer.url == link
    assert nina.post(link).url == "/"
    assert office.organization.name in text(nina.get("/profile/"))


def test_somebody_elses_invitation_is_not_joined(office: Membership) -> None:
    UserFactory(email="nina@example.be")
    other = UserFactory()
    link = invite(client_of(office))
    client = client_in(None, other)
    assert "sous un autre compte" in text(client.get(link))
    client.post(link)
    assert not Membership.objects.filter(user=other).exists()


def test_a_made_up_link_is_closed(db: None) -> None:
    assert Client().get("/invitations/1-x/").status_code == 410


def test_an_invited_stranger_stands_under_the_address_alone(office: Membership) -> None:
    MembershipFactory(user=UserFactory(email="heidi@elsewhere.be", name="Heidi Schmitz"))
    client = client_of(office)
    client.post("/team/invite/", {"email": "heidi@elsewhere.be", "role": "assistant"})
    page = client.get("/team/").content.decode()
    assert "heidi@elsewhere.be" in page
    assert "Heidi Schmitz" not in page
