"""A body that nobody should send is refused before it is read."""

import pytest
from django.test import Client

FORM = "application/x-www-form-urlencoded"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "content_type", "length", "status"),
    [
        ("/account/login/", FORM, 300_000_000, 413),
        ("/account/login/", f"{FORM}; charset=utf-16", 10, 400),
        ("/nowhere/", "multipart/form-data", 10, 400),
        ("/nowhere/", FORM, 10, 404),
        ("/takeover/", "multipart/form-data; boundary=x", 10_500_000, 302),
    ],
)
def test_a_strange_body(path: str, content_type: str, length: int, status: int) -> None:
    response = Client().generic("POST", path, b"a=1", content_type=content_type, CONTENT_LENGTH=str(length))
    assert response.status_code == status
