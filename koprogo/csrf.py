"""Django's tokens against forged requests, masked and unmasked at once instead of letter by letter."""

import os

from django.http import HttpRequest
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, get_token

PLACES = {char: place for place, char in enumerate(CSRF_ALLOWED_CHARS)}
FAIR_BYTES = 256 - 256 % len(CSRF_ALLOWED_CHARS)  # those below come to each character as often


class FormInput:
    """The hidden field that each form of a page carries: made once, for the first form."""

    def __init__(self, request: HttpRequest) -> None:
        self.request, self.html = request, ""

    def __html__(self) -> str:
        if not self.html:
            secret = self.request.META.get("CSRF_COOKIE")
            token = masked(secret) if secret else get_token(self.request)  # letters and digits
            self.html = f'<input type="hidden" name="csrfmiddlewaretoken" value="{token}">'
        return self.html


def masked(secret: str) -> str:
    """Django's token for this secret, as its middleware takes it, under another mask each time.

    Django asks the system for each of the 32 characters of a mask; each time another thread takes over.
    """
    mask = list[int]()
    while len(mask) < len(secret):
        mask += [byte % len(CSRF_ALLOWED_CHARS) for byte in os.urandom(64) if byte < FAIR_BYTES]
    moved = [CSRF_ALLOWED_CHARS[(PLACES[char] + step) % len(CSRF_ALLOWED_CHARS)]
             for char, step in zip(secret, mask, strict=False)]  # fmt: skip
    return "".join([CSRF_ALLOWED_CHARS[step] for step in mask[: len(secret)]] + moved)


def unmasked(token: str) -> str:
    """The secret of a token whose form Django has checked."""
    pairs = zip(token[CSRF_SECRET_LENGTH:], token[:CSRF_SECRET_LENGTH], strict=True)
    return "".join([CSRF_ALLOWED_CHARS[PLACES[char] - PLACES[mask]] for char, mask in pairs])
