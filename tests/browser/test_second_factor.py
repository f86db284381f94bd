"""An office asks for a second factor: a passkey is made, and opens the account without a password."""

from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from playwright.sync_api import expect

from apps.accounts import services
from koprogo.context import working_as
from tests.browser.conftest import Visit
from tests.factories import PASSWORD, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def plug_in_a_key(visit: Visit) -> None:
    """Chromium's own virtual device, whose owner puts the finger on it at once."""
    devtools = visit.page.context.new_cdp_session(visit.page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_asked_for_made_and_opens_the_account(visit: Visit, tmp_path: Path) -> None:
    cache.clear()
    member = MembershipFactory(user=UserFactory(email="claire@example.be", name="Claire"))
    with working_as(organization_id=member.organization_id, actor="test"):
        services.require_second_factor(organization=member.organization, is_required=True)
    page = visit.page
    plug_in_a_key(visit)

    # Claire signs in with her password and is led to her security.
    visit.open("/account/login/")
    page.get_by_label("Adresse e-mail").fill("claire@example.be")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/account/security/**")
    expect(page.get_by_text("Il faut ici un second facteur")).to_be_visible()
    visit.look("security")
    visit.open("/buildings/")
    assert "/account/security/" in page.url

    # She makes a passkey, keeps her recovery codes and is at work.
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    visit.look("password-again")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    visit.look("passkey-add")
    page.get_by_label("Nom de la clé").fill("Portable de Claire")
    page.get_by_role("button", name="Créer la clé d’accès").click()
    page.wait_for_url("**/account/recovery-codes/")
    visit.look("recovery-codes")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Télécharger").click()
    waiting.value.save_as(tmp_path / "codes.txt")
    codes = (tmp_path / "codes.txt").read_text().split()
    shown = page.locator("code").all_inner_texts()
    assert (len(codes), codes) == (10, shown)
    page.get_by_role("link", name="Continuer").click()
    visit.open("/buildings/")
    expect(page.get_by_role("heading", name="Immeubles").first).to_be_visible()

    # Signed out, she signs in again with nothing but the passkey.
    visit.open("/account/logout/")
    page.get_by_role("button", name="Se déconnecter").last.click()
    page.wait_for_url("**/account/login/**")
    visit.look("sign-in-passkey")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url(f"{visit.url}/")
    visit.open("/account/security/")
    expect(page.get_by_text("Portable de Claire").first).to_be_visible()
    visit.look("security-passkey")

    # With the password alone the passkey is asked for.
    page.context.clear_cookies()
    visit.open("/account/login/")
    page.get_by_label("Adresse e-mail").fill("claire@example.be")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/account/second-factor/")
    visit.look("second-factor")
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url(f"{visit.url}/")

    # An application too, and the key is confirmed before it is removed.
    visit.open("/account/application/add/")
    page.get_by_role("link", name="Utiliser une clé d’accès").click()
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url("**/account/application/add/")
    visit.look("application-add")
    visit.open("/team/")
    visit.look("team-second-factor")
    visit.open("/account/security/")
    page.get_by_role("link", name="Retirer : Portable de Claire").click()
    visit.look("passkey-remove")
    page.get_by_role("button", name="Retirer").click()
    page.wait_for_url("**/account/security/**")
    assert not Authenticator.objects.exists()
    visit.open("/buildings/")
    assert "/account/security/" in page.url
