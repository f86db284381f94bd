"""What a form sends, read as Django reads it, but at once.

Django's parser of forms that may take files along reads piece by piece what may be large, and mostly they take none;
and each field takes it twelve calls to note. With thirty fields that costs more than all else.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict
from django.http.request import split_domain_port, validate_host
from django.utils.datastructures import MultiValueDict

MOST_BYTES = 64 * 1024
# As browsers write them: a field of text, or one for files in which none was chosen, which Django takes for text.
PART = re.compile(
    rb"\r\nContent-Disposition: form-data; name=\"([\w:-]+)\""
    rb"(?:; filename=\"\"\r\nContent-Type: application/octet-stream)?\r\n\r\n(.*)\r\n",
    re.DOTALL,
)


class PlainFields(MemoryFileUploadHandler):
    """Reads a body of which every part is plain; in all others it takes the small files, as Django's own does."""

    def handle_raw_input(
        self, input_data: Any, meta: Any, content_length: int, boundary: Any, encoding: str | None = None
    ) -> tuple[QueryDict, MultiValueDict[str, Any]] | None:  # fmt: skip
        assert self.request is not None
        if content_length <= MOST_BYTES:
            # Read so, a request can be read again by Django's parser.
            found = read_fields(self.request.body, boundary)
            if found is not None:
                return found, MultiValueDict()
        return super().handle_raw_input(input_data, meta, content_length, boundary, encoding)


def read_fields(body: bytes, boundary: bytes) -> QueryDict | None:
    """The fields of a body in UTF-8; None: it is not plain all through."""
    start, *parts = body.split(b"--" + boundary)
    if start or not parts or parts.pop() != b"--\r\n" or len(parts) > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        return None
    found = [PART.fullmatch(part) for part in parts]
    if None in found:
        return None
    return _fields((each[1].decode(), each[2].decode(errors="replace")) for each in found if each)


class Request(WSGIRequest):
    _read_started: bool
    _encoding: str | None
    _files: MultiValueDict[str, Any]

    def __init__(self, environ: dict[str, Any]) -> None:
        environ.setdefault("CONTENT_LENGTH", "0")  # else Django hears by an exception that nothing was sent
        super().__init__(environ)

    def get_host(self) -> str:
        """Raises DisallowedHost."""
        host: str = self._get_raw_host()  # type: ignore[attr-defined]
        return host if is_allowed(host) else super().get_host()

    def _load_post_and_files(self) -> None:
        is_plain = self.method == "POST" and self.content_type == "application/x-www-form-urlencoded"
        is_there = hasattr(self, "_body") or not self._read_started
        if is_plain and is_there and self._encoding in (None, "utf-8"):
            fields = read_urlencoded(self.body)
            if fields is not None:
                self._post, self._files = fields, MultiValueDict()
                return
        super()._load_post_and_files()


@lru_cache(maxsize=256)
def is_allowed(host: str) -> bool:
    """Whether Django would serve under this name. False: it is to say why."""
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def read_urlencoded(body: bytes) -> QueryDict | None:
    """The fields of a body in UTF-8; None: it is for Django to judge."""
    try:
        most = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
        return _fields(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=most))
    except ValueError:
        return None


def changeable(fields: QueryDict) -> QueryDict:
    """A copy that may be changed."""
    made = QueryDict(mutable=True)
    MultiValueDict.__init__(made, {name: values[:] for name, values in fields.lists()})
    return made


def _fields(pairs: Iterable[tuple[str, str]]) -> QueryDict:
    lists: dict[str, list[str]] = {}
    for name, value in pairs:
        lists.setdefault(name, []).append(value)
    made = QueryDict()
    MultiValueDict.__init__(made, lists)
    return made
