"""Django keeps them where we put ours."""

from typing import Any

import pytest
from asgiref.local import Local

from koprogo.thread_locals import PLACES


@pytest.mark.parametrize(("place", "name"), PLACES, ids=lambda each: getattr(each, "__name__", str(each))[-30:])
def test_django_looks_there(place: Any, name: str) -> None:
    assert isinstance(getattr(place, name), Local)
