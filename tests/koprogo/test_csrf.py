import re

from django.middleware import csrf
from django.test import RequestFactory

from koprogo.csrf import FormInput, masked, unmasked


def test_token_of_a_form_is_one_that_django_takes(rf: RequestFactory) -> None:
    request = rf.get("/")
    first = FormInput(request)
    token = re.search(r'value="([^"]+)"', first.__html__()).group(1)
    secret = request.META["CSRF_COOKIE"]
    others = {masked(secret) for _ in range(20)}
    assert len(others) == 20
    assert all(csrf._does_token_match(each, secret) for each in [token, *others])
    assert not csrf._does_token_match(masked(secret[::-1]), secret)


def test_a_token_is_unmasked_as_by_django() -> None:
    for _ in range(50):
        secret = csrf._get_new_csrf_string()
        for token in (masked(secret), csrf._mask_cipher_secret(secret)):
            assert unmasked(token) == csrf._unmask_cipher_token(token) == secret
