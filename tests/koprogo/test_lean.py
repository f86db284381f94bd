"""Django keeps them where we put ours."""

from typing import Any

import pytest
from asgiref.local import Local
from django.conf import settings

from koprogo.lean import PLACES


@pytest.mark.parametrize(
    ("place", "name"),
    PLACES,
    ids=[f"{getattr(place, '__name__', type(place).__name__)}.{name}" for place, name in PLACES],
)
def test_django_looks_there(place: Any, name: str) -> None:
    assert isinstance(getattr(place, name), Local)


def test_settings_are_plain_attributes() -> None:
    """None of them is a method that stands for the one of the settings behind."""
    settings.LANGUAGE_CODE  # noqa: B018 (read once, it stays)
    own = [getattr(value, "_mask_wrapped", True) for name, value in vars(settings).items() if name != "_wrapped"]
    assert own
    assert all(own)
