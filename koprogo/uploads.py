"""Forms that may take files along but mostly take none: small bodies of plain fields are read at once.

Django's parser reads piece by piece what may be large, which costs more than all else of a form with thirty fields.
"""

import re
from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import QueryDict
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
    fields = QueryDict(mutable=True)
    for part in parts:
        found = PART.fullmatch(part)
        if found is None:
            return None
        fields.appendlist(found[1].decode(), found[2].decode(errors="replace"))
    fields._mutable = False
    return fields
