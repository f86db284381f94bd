"""The scripted way in."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Membership, Organization
from apps.accounts.services import find_invitation
from apps.audit.models import AuditEvent
from koprogo import context
from tests.factories import NOON, OrganizationFactory

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("create_organization", *arguments, stdout=out)
    return out.getvalue()


def test_it_prints_a_link_that_opens() -> None:
    out = run("Syndic Delta", "--slug", "delta", "--manager", "Claire@Example.be", "--url", "https://koprogo.example/")
    token = re.search(r"https://koprogo\.example/invitations/(.+)/$", out.strip()).group(1)
    invitation = find_invitation(token=token, at=NOON)
    assert (invitation.organization.name, invitation.membership.role) == ("Syndic Delta", "manager")
    assert invitation.membership.user.email == "claire@example.be"


def test_the_journal_begins_with_the_command_line() -> None:
    run("Syndic Delta", "--slug", "delta", "--manager", "claire@example.be")
    organization = Organization.objects.get()
    with context.working_as(organization_id=organization.pk, actor="test"):
        first = AuditEvent.objects.order_by("id").first()
    assert (first.action, first.actor, first.actor_id) == ("organization_created", "command line", None)


def test_it_leaves_no_context_behind() -> None:
    run("Syndic Delta", "--slug", "delta", "--manager", "claire@example.be")
    assert context.current() == context.Context()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--slug", "pas un slug", "--manager", "claire@example.be"], "--slug"),
        (["--slug", "delta", "--manager", "claire"], "--manager"),
        (["--slug", "prise", "--manager", "claire@example.be"], "déjà pris"),
        (["--slug", "delta"], "--manager"),
        (["--slug", "delta", "--manager", "claire@example.be", "--language", "xx"], "--language"),
    ],
)
def test_a_fault_is_one_sentence_and_nothing_is_made(arguments: list[str], words: str) -> None:
    OrganizationFactory(slug="prise")
    with pytest.raises(CommandError) as refusal:
        run("Syndic Delta", *arguments)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert refusal.value.returncode == 1
    assert Organization.objects.count() == 1
    assert not Membership.objects.exists()


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(CommandError, match="nom"):
        run("  ", "--slug", "delta", "--manager", "claire@example.be")
