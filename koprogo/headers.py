"""Constant headers of every answer, in one place."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders

HTML = "text/html; charset=utf-8"  # said outright where Django would ask itself three times
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Pages hold an office's books: no shared or disk cache keeps them.
    "Cache-Control": "private, no-store",
    # As Django's SecurityMiddleware would say them one by one; it finds them here.
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
CONSTANT = ResponseHeaders(HEADERS)._store  # what Django reads letter by letter, read once


class HeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers._store = {**CONSTANT, **response.headers._store}  # what the view says goes first
        return response
