"""Requests that no browser of ours would send: every address, everybody, any field with anything in it."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.security.forms import forms_of

TEXTS = [
    "", " ", "0", "-1", "1", "2", "1,5", "1.234,56", "1e400", "NaN", "-Infinity", "9223372036854775808", "9" * 40,
    "٣", "0x10", "é" * 300, "a" * 70_000, "\0", "a\0b", "\ud800", "\u202e", "\r\n", "<script>alert(1)</script>",
    "'\"--;", "%", "\\", "../../etc/passwd", "{{7*7}}", "=cmd|' /C calc'!A0", "[]", "{}", "null", "on", "0001-01-01",
    "9999-12-31", "2025-13-45", "31/12/2025", "1-2-3", "//stranger.example", "BE68539007547034", "k1", "u1", "name",
    "-name", "insert", "draft", "sale",
]  # fmt: skip
NAMES = [
    "page", "sort", "q", "status", "building", "supplier", "person", "action", "kind", "from", "to", "first", "last",
    "archived", "next", "step", "do", "line", "0-target", "paste", "seen", "theirs", "anyway", "form_token", "rows",
    "expense", "reason", "on", "number", "_save", "_popup", "e", "o", "p", "all", "table", "object_id",
]  # fmt: skip
METHODS = ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"]
BODIES = [b"\xff\xfe=%zz&&&", b"{", b"a=%00&b=%ed%a0%80", b"&" * 3000, b"--x\r\n\r\n", b""]
TYPES = [
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data", "text/plain",
    "multipart/form-data; boundary=x", "application/x-www-form-urlencoded; charset=utf-16",
]  # fmt: skip
FILES = [b"", b"PK\x03\x04", b"%PDF-1.4", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n"]
FILE_NAMES = ["a.pdf", "../../a.xlsx", "a\0b.xlsx", "é" * 300]
GROUPS = re.compile(r"\(\?P<\w+>(?:[^()]|\([^()]*\))*\)")
PARTS = re.compile(r"<(?:(\w+):)?\w+>")


@dataclass
class Found:
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def addresses(resolver: URLResolver | None = None, above: str = "") -> Iterator[str]:
    """Every route, the admin's too."""
    for each in (resolver or get_resolver()).url_patterns:
        route = f"{above}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from addresses(each, route)
        else:
            yield route


class Fuzzer:
    """`sign_in` gives everybody's browser anew, as some of what is sent signs out. The last two are our staff's and a
    stranger's: nobody else opens the admin."""

    def __init__(self, sign_in: Callable[[], list[Client]], seed: int) -> None:
        self.sign_in, self.chance = sign_in, random.Random(seed)
        routes = list(addresses())
        self.product = [route for route in routes if not route.startswith("admin/")]
        self.admin = [route for route in routes if route.startswith("admin/")]

    def run(self, count: int) -> Found:
        found, clients = Found(), list[Client]()
        for number in range(count):
            if number % 200 == 0:
                clients = self.sign_in()
            path = self._path()
            client = self.chance.choice(clients if not path.startswith("/admin/") else clients[-2:])
            method, options = self._request(client, path)
            told = f"{method} {path} {str(options)[:500]}"
            try:
                if "content_type" in options:  # `post` would encode the body once more
                    answer = client.generic(method, path, **options)
                else:
                    answer = getattr(client, method.lower())(path, **options)
                if answer.streaming:
                    answer.getvalue()
            except Exception as fault:  # whatever comes through is what we look for
                found.faults.append(f"{told}: {fault!r}")
                continue
            found.answers[answer.status_code] += 1
            if answer.status_code >= 500:
                found.faults.append(f"{told}: {answer.status_code}")
        return found

    def _path(self) -> str:
        route = self.chance.choice(self.product if self.chance.random() < 0.7 else self.admin)
        route = GROUPS.sub(lambda _match: self._part(""), route.replace("\\Z", "").strip("^$"))
        route = PARTS.sub(lambda match: self._part(match[1] or ""), route)
        return f"/{route}?{self._query()}" if self.chance.random() < 0.5 else f"/{route}"

    def _part(self, converter: str) -> str:
        if converter == "int":
            return str(self.chance.choice([*range(9), 999_999, 2**63 - 1, 2**63, 10**30]))
        return self.chance.choice(["1", "1-x", "x" * 300, "é", "%00", "sale", "units_unit", "json", "2025-01-01", ".."])

    def _query(self) -> str:
        return urlencode(self._fields(3), doseq=True, errors="surrogatepass")

    def _fields(self, most: int) -> dict[str, list[str]]:
        chance = self.chance
        return {
            chance.choice(NAMES): chance.choices(TEXTS, k=chance.randint(1, 2)) for _ in range(chance.randint(1, most))
        }

    def _request(self, client: Client, path: str) -> tuple[str, dict[str, Any]]:
        kind = self.chance.random()
        if kind < 0.4:
            return "GET", {"headers": {"Accept-Language": self.chance.choice(["nl", "xx", "," * 500])}}
        if kind < 0.45:
            return self.chance.choice(METHODS), {}
        if kind < 0.5:
            return "POST", {"data": self.chance.choice(BODIES), "content_type": self.chance.choice(TYPES)}
        return "POST", {"data": self._form(client, path)}

    def _form(self, client: Client, path: str) -> dict[str, Any]:
        """What the page's own forms send, half of it as it stands and the rest anything."""
        page = client.get(path.partition("?")[0])
        text = page.getvalue()
        is_page = page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
        shown = forms_of(text.decode(), path) if is_page else []
        fields: dict[str, Any] = self._fields(4)
        for form in shown:
            for name, values in form.values.items():
                if self.chance.random() < 0.8:
                    fields[name] = values if self.chance.random() < 0.6 else self.chance.choice(TEXTS)
        if self.chance.random() < 0.1:
            file = SimpleUploadedFile(self.chance.choice(FILE_NAMES), self.chance.choice(FILES))
            fields |= {"file": file, "papers": file}
        return {name: _sendable(value) for name, value in fields.items()}


def _sendable(value: Any) -> Any:
    """What the test's client can encode: half a character as the bytes that would stand for it are its own case."""
    if isinstance(value, list):
        return [_sendable(each) for each in value]
    return value.encode(errors="replace").decode() if isinstance(value, str) else value
