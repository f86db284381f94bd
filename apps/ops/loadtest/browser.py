"""A small browser: it keeps cookies, and reads the forms of a page as a person would send them."""

import gzip
import http.cookiejar
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser

MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "----KoproGoLoadTest7MA4YWxkTrZu0gW"
SKIPPED_KINDS = {"checkbox", "radio", "submit", "button", "image", "reset"}


class PageError(Exception):
    """A page is not what the load test needs; the message says which and how."""


@dataclass
class PageForm:
    """One form of a page. `fields`: what would be sent; `buttons`: those that send it, with their values.

    `files`: fields for files, left empty; `is_multipart`: sent as files are, whether there are any or not;
    `suggestions`: what the page proposes for a field (its datalist); `choices`: the values of a list.
    """

    action: str
    is_multipart: bool = False
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    suggestions: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)

    def encoded(self, fields: list[tuple[str, str]]) -> tuple[str, str]:
        """The body and its content type, as a browser sends these fields."""
        if not self.is_multipart:
            return urllib.parse.urlencode(fields), URLENCODED
        parts = [f'name="{name}"\r\n\r\n{value}' for name, value in fields]
        parts += [
            f'name="{name}"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n' for name in self.files
        ]
        body = "".join(f"--{BOUNDARY}\r\nContent-Disposition: form-data; {part}\r\n" for part in parts)
        return f"{body}--{BOUNDARY}--\r\n", f"{MULTIPART}; boundary={BOUNDARY}"

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self.fields}


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self._form: PageForm | None = None
        self._lists: dict[str, list[str]] = {}
        self._wants: list[tuple[PageForm, str, str]] = []  # form, field, the list of its suggestions
        self._select = self._textarea = self._list = ""
        self._chosen: str | None = None

    def handle_starttag(self, tag: str, found: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in found}
        if tag == "a":
            self.links.append(attributes.get("href", ""))
        elif tag == "form":
            self._form = PageForm(attributes.get("action", ""), attributes.get("enctype") == MULTIPART)
            if attributes.get("method", "").lower() == "post":
                self.forms.append(self._form)
        elif tag == "datalist":
            self._list = attributes.get("id", "")
        elif tag == "option" and self._list:
            self._lists.setdefault(self._list, []).append(attributes.get("value", ""))
        elif self._form is not None and "disabled" not in attributes:
            self._control(self._form, tag, attributes)

    def _control(self, form: PageForm, tag: str, attributes: dict[str, str]) -> None:
        name, value = attributes.get("name", ""), attributes.get("value", "")
        if tag == "option" and self._select:
            form.choices[self._select].append(value)
            if "selected" in attributes or self._chosen is None:
                self._chosen = value
        elif not name:
            return
        elif tag == "button" or (tag == "input" and attributes.get("type") == "submit"):
            form.buttons.append((name, value))
        elif attributes.get("type") == "file":
            form.files.append(name)
        elif tag == "input" and (attributes.get("type", "text") not in SKIPPED_KINDS or "checked" in attributes):
            form.fields.append((name, value))
            if "list" in attributes:
                self._wants.append((form, name, attributes["list"]))
        elif tag == "select":
            self._select, self._chosen = name, None
            form.choices[name] = []
        elif tag == "textarea":
            form.fields.append((name, ""))
            self._textarea = name

    def handle_data(self, data: str) -> None:
        if self._form is not None and self._textarea:
            name, text = self._form.fields.pop()
            self._form.fields.append((name, text + data))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "datalist":
            self._list = ""
        elif tag == "textarea":
            self._textarea = ""
        elif tag == "select" and self._form is not None and self._select:
            if self._chosen is not None:
                self._form.fields.append((self._select, self._chosen))
            self._select = ""

    def close(self) -> None:
        super().close()
        for form, name, listed in self._wants:
            form.suggestions[name] = self._lists.get(listed, [])


def read_form(page: str, needed: set[str]) -> PageForm:
    """The form of the page that posts and has these fields. Raises PageError."""
    for form in _read(page).forms:
        if needed <= form.names:
            return form
    raise PageError(f"no form with the fields {', '.join(sorted(needed))}")


def read_links(page: str) -> list[str]:
    return _read(page).links


def _read(page: str) -> _FormReader:
    reader = _FormReader()
    reader.feed(page)
    reader.close()
    return reader


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


class Browser:
    def __init__(self, base: str, headers: dict[str, str] | None = None) -> None:
        self.base, self.headers = base, headers or {}
        self.cookies = http.cookiejar.CookieJar()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the proxy's own authority, on this machine
        self._opener = urllib.request.build_opener(
            _NoRedirect, urllib.request.HTTPCookieProcessor(self.cookies), urllib.request.HTTPSHandler(context=context)
        )

    def get(self, path: str) -> str:
        """The page at this address. Raises PageError unless it is there."""
        status, _, page = self._send(path)
        if status != 200:
            raise PageError(f"{path} answers {status}")
        return page

    def post(self, path: str, body: str, content_type: str = URLENCODED) -> tuple[int, str, str]:
        """Status, where it leads, and the page."""
        return self._send(path, body.encode(), content_type)

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)

    def _send(self, path: str, body: bytes | None = None, content_type: str = "") -> tuple[int, str, str]:
        headers = dict(self.headers)
        if body is not None:
            headers |= {"Origin": self.base, "Referer": self.base + path, "Content-Type": content_type}
        request = urllib.request.Request(self.base + path, body, headers)  # noqa: S310 (our own server)
        try:
            answer = self._opener.open(request, timeout=60)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        except OSError as error:
            raise PageError(f"{path} does not answer ({error})") from error
        with answer:
            content = answer.read()
            if answer.headers.get("Content-Encoding") == "gzip":
                content = gzip.decompress(content)
            return answer.status, answer.headers.get("Location", ""), content.decode()


def sign_in(browser: Browser, email: str, password: str) -> None:
    """By the sign-in page. Raises PageError."""
    path = "/account/login/"
    form = read_form(browser.get(path), {"login", "password", "csrfmiddlewaretoken"})
    wanted = {"login": email, "password": password}
    fields = [(name, wanted.get(name, value)) for name, value in form.fields]
    status, _, _ = browser.post(form.action or path, *form.encoded(fields))
    if status != 302:
        raise PageError(f"{path} does not let {email} in: it answers {status}")
