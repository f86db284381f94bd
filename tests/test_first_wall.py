"""The first wall: every reading of an organization's rows begins with `for_organization`."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from apps.accounts.models import Session

BY_HAND = re.compile(r"\bfilter\([^()]*\borganization(_id)?=")
ROOMS = ["accounts", "buildings", "desk", "documents", "jobs", "owners", "privacy", "units"]


def test_whatever_belongs_to_an_organization_is_read_through_it() -> None:
    strays = [
        model.__name__
        for model in apps.get_models()
        if any(field.name == "organization" for field in model._meta.fields)
        and not hasattr(model._default_manager, "for_organization")
    ]
    assert strays == [Session.__name__]  # read before the organization is known


@pytest.mark.parametrize("room", ROOMS)
def test_nobody_builds_the_wall_by_hand(room: str) -> None:
    sources = [path for path in (settings.BASE_DIR / "apps" / room).rglob("*.py") if path.name != "tenancy.py"]
    assert [str(path) for path in sources if BY_HAND.search(Path(path).read_text())] == []
