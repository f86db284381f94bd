"""The demonstration's sign-ins."""

from typing import Any

import pytest

from apps.accounts.demo import DEMO_LANGUAGES, DEMO_ORGANIZATIONS, DEMO_PASSWORD, DEMO_PEOPLE, DEMO_STAFF, sign_ins


def test_none_outside_demonstration_mode(settings: Any) -> None:
    settings.KOPROGO_DEMO = False
    assert sign_ins() == []


def test_the_first_is_the_manager_of_the_first_office(settings: Any) -> None:
    settings.KOPROGO_DEMO = True
    assert sign_ins()[0] == ("Syndic Delta", "gestionnaire", "claire@delta.example.be", DEMO_PASSWORD)
    assert len(sign_ins()) == sum(len(people) for people in DEMO_PEOPLE.values()) + len(DEMO_STAFF)


def test_the_tables_speak_of_the_same_offices() -> None:
    assert set(DEMO_PEOPLE) == set(DEMO_ORGANIZATIONS) == set(DEMO_LANGUAGES)


@pytest.mark.parametrize("slug", DEMO_PEOPLE)
def test_every_office_has_one_manager_first(slug: str) -> None:
    assert [role for role, _, _ in DEMO_PEOPLE[slug]].count("manager") == 1
    assert DEMO_PEOPLE[slug][0][0] == "manager"
