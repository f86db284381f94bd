"""The people of the demonstration: who can sign in, and how. `make_demo` makes them from this table."""

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.permissions import Role

DEMO_PASSWORD = "koprogo-demo"  # noqa: S105 - everybody may know it: demonstration data only
DEMO_ORGANIZATIONS = {"delta": "Syndic Delta", "kust": "Kust Syndicus", "eupen": "Hausverwaltung Eupen"}
DEMO_LANGUAGES = {"delta": "fr", "kust": "nl", "eupen": "fr"}
# organization → (role, e-mail, name)
DEMO_PEOPLE: dict[str, list[tuple[Role, str, str]]] = {
    "delta": [
        (Role.MANAGER, "claire@delta.example.be", "Claire Lambert"),
        (Role.ACCOUNTANT, "marc@delta.example.be", "Marc Dupuis"),
        (Role.ASSISTANT, "sarah@delta.example.be", "Sarah Benali"),
        (Role.READER, "luc@delta.example.be", "Luc Fontaine"),
        (Role.OWNER, "anne@delta.example.be", "Anne Moreau"),
    ],
    "kust": [
        (Role.MANAGER, "els@kust.example.be", "Els Vermeulen"),
        (Role.ACCOUNTANT, "pieter@kust.example.be", "Pieter Claes"),
        (Role.OWNER, "koen@kust.example.be", "Koen De Smet"),
    ],
    "eupen": [(Role.MANAGER, "heidi@eupen.example.be", "Heidi Schmitz")],
}

# e-mail, name: our own staff, who sign in to the admin
DEMO_STAFF = [("support@koprogo.example.be", "Équipe KoproGo")]


class SignIn(NamedTuple):
    """One way into the demonstration, as the sign-in page shows it."""

    organization: str
    role: str
    email: str
    password: str


def is_demonstration_staff(user: User) -> bool:
    """Everybody who tries the demonstration is its staff, with the password that the sign-in page shows: a second
    factor would protect nothing there. Never outside it, and never for who else signs in beside it.
    """
    return bool(settings.KOPROGO_DEMO) and user.email in {email for email, _name in DEMO_STAFF}


def sign_ins() -> list[SignIn]:
    """In the order of the table; none outside demonstration mode."""
    if not settings.KOPROGO_DEMO:
        return []
    return [
        SignIn(DEMO_ORGANIZATIONS[slug], str(role.label), email, DEMO_PASSWORD)
        for slug, people in DEMO_PEOPLE.items()
        for role, email, _name in people
    ] + [SignIn("KoproGo", str(_("équipe")), email, DEMO_PASSWORD) for email, _name in DEMO_STAFF]
