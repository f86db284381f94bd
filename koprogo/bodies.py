"""What a request may carry, judged by its headers alone: nothing of a refused body is read or written to disk."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

MEGABYTE = 1024 * 1024
MAX_FORM = MEGABYTE
MAX_UPLOAD = 11 * MEGABYTE  # a workbook of 10 MB and its form
UPLOADS = ("/takeover/",)
PAPERS = re.compile(r"/expenses/(?:new|\d+/[a-z-]+)/")  # forms that take invoices along


class BodyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return self.get_response(request)
        if (refusal := _too_large(request)) is not None:
            return refusal
        # Django would fail on these once more while it explains that they failed.
        charset = request.content_params.get("charset", "utf-8").lower() if request.content_params else "utf-8"
        if charset not in {"utf-8", "utf8"}:
            return _refuse(_("Cet envoi n'est pas lisible : il n'est pas en UTF-8."), 400)
        if request.content_type == "multipart/form-data" and not (request.content_params or {}).get("boundary"):
            return _refuse(_("Cet envoi n'est pas lisible : recommencez depuis la page."), 400)
        return self.get_response(request)


def _too_large(request: HttpRequest) -> HttpResponse | None:
    length = _length(request)
    if PAPERS.fullmatch(request.path):
        # Two of the largest papers at once, or several smaller ones.
        most = settings.KOPROGO_PAPER_MEGABYTES
        if length > (2 * most + 1) * MEGABYTE:
            sizes = {"each": most, "all": 2 * most}
            sentence = _("Cet envoi est trop grand : %(each)s Mo au plus par pièce, %(all)s Mo pour toutes.") % sizes
            return _refuse(sentence, 413)
    elif length > (MAX_UPLOAD if request.path in UPLOADS else MAX_FORM):
        return _refuse(_("Cet envoi est trop grand : 10 Mo au plus pour un classeur."), 413)
    return None


def _length(request: HttpRequest) -> int:
    given = request.META.get("CONTENT_LENGTH") or "0"
    return int(given) if given.isdecimal() else 0


def _refuse(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
