"""Bodies of plain fields are read as Django reads them, and what is not plain is left to Django."""

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import QueryDict
from django.test import RequestFactory
from django.test.client import encode_multipart
from hypothesis import given
from hypothesis import strategies as st

from koprogo import posted
from koprogo.posted import read_fields

B = "AaB03x"
TYPE = f"multipart/form-data; boundary={B}"
NOTHING_CHOSEN = f'--{B}\r\nContent-Disposition: form-data; name="f"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n'  # fmt: skip # noqa: E501
END = f"--{B}--\r\n"
texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('\r\n-\0\\"é'))
names = st.from_regex(r"\A[0-9a-z_-]+\Z")


def field(name: str, value: str) -> str:
    return f'--{B}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def by_django(body: bytes) -> Any:
    request = RequestFactory().generic("POST", "/", body, content_type=TYPE)
    request.upload_handlers = [MemoryFileUploadHandler(request)]
    return request.POST


@given(st.lists(st.tuples(names, texts)))
def test_plain_fields_are_what_django_reads(fields: list[tuple[str, str]]) -> None:
    body = ("".join(field(*each) for each in fields) + NOTHING_CHOSEN + END).encode()
    found = read_fields(body, B.encode())
    assert found is not None
    assert list(found.lists()) == list(by_django(body).lists())


@given(st.dictionaries(names, texts | st.lists(texts, min_size=1)), st.binary(max_size=5), st.binary(max_size=5))
def test_whatever_comes_is_what_django_reads(fields: dict[str, Any], start: bytes, end: bytes) -> None:
    body = start + encode_multipart(B, fields) + end
    found = read_fields(body, B.encode())
    assert found is None or list(found.lists()) == list(by_django(body).lists())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        field("a", "1").encode(),  # cut off
        END.replace("--\r\n", "").encode(),
        (field('a"; filename="x', "1") + END).encode(),
        (field("a", f"1--{B}") + END).encode(),
        (field("a", "1").replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n") + END).encode(),
        encode_multipart(B, {"a": "1", "f": SimpleUploadedFile("f.txt", b"x")}),
    ],
)
def test_what_is_not_plain_is_left_to_django(body: bytes) -> None:
    assert read_fields(body, B.encode()) is None


@pytest.mark.parametrize("most", [0, 64 * 1024])
def test_a_file_comes_with_its_fields(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(posted, "MOST_BYTES", most)
    request = RequestFactory().post("/", {"a": "é", "f": SimpleUploadedFile("f.txt", b"x")})
    assert (request.POST, request.FILES["f"].read()) == (QueryDict("a=é"), b"x")


def test_as_many_fields_as_django_allows(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    body = (field("a", "1") * 3 + END).encode()
    assert read_fields(body, B.encode()) is None
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    assert read_fields(body, B.encode()) == QueryDict("a=1&a=1&a=1")


# --- Forms without files ---
@given(st.lists(st.tuples(texts, texts)), st.binary(max_size=8))
def test_urlencoded_fields_are_what_django_reads(fields: list[tuple[str, str]], end: bytes) -> None:
    body = urlencode(fields).encode() + end
    found = posted.read_urlencoded(body)
    assert found is None or list(found.lists()) == list(QueryDict(body).lists())
    assert found is not None or not_utf8(end)


def not_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False


def test_requests_are_read_by_it(settings: Any) -> None:
    def read(body: bytes) -> Any:
        environ = RequestFactory()._base_environ(
            REQUEST_METHOD="POST", CONTENT_TYPE="application/x-www-form-urlencoded", CONTENT_LENGTH=str(len(body))
        )
        return posted.Request(environ | {"wsgi.input": BytesIO(body)}).POST

    assert list(read(b"a=1&a=2&b=%C3%A9").lists()) == [("a", ["1", "2"]), ("b", ["é"])]
    assert read(b"a=\xe9")["a"] == "é"  # as Django takes what is not UTF-8
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    with pytest.raises(TooManyFieldsSent):
        read(b"a=1&b=2&c=3")
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 4
    with pytest.raises(RequestDataTooBig):
        read(b"a=12345")


def test_copy_is_changed_alone() -> None:
    first = QueryDict("a=1&a=2")
    second = posted.changeable(first)
    second.appendlist("a", "3")
    second["b"] = "4"
    assert (first.getlist("a"), "b" in first) == (["1", "2"], False)
