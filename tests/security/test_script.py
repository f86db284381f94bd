"""Script and formulas typed into every field: pages show them as text, workbooks hold them as text."""

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from apps.accounts import limits
from apps.accounts.models import Membership
from apps.buildings.models import Building
from apps.expenses.models import Expense, Supplier
from apps.owners.models import Owner
from tests.accounts.clients import client_of
from tests.one_of_each import one_of_each
from tests.security.forms import forms_of
from tests.test_urls import ROWS, path_of

# Each begins as a formula would, leaves attribute, element and script, and calls a template's braces.
TYPED = "=1+1'\"></script><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
LIVE = re.compile(r"<script>alert|<img src=x|=1\+1'\"|=1\+1&#x27;\"|>49<")
LEFT_OUT = ["account", "mfa", "ops", "gallery", "accounts:profile", "accounts:end"]


@pytest.fixture
def paths(office: Membership, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    cache.clear()
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(limits, "MOST", 1000)
    ids = one_of_each(office)
    return {name: path_of(name, ids) for name in ROWS if not name.startswith(tuple(LEFT_OUT))}


@pytest.fixture
def client(office: Membership, paths: dict[str, str]) -> Client:
    return client_of(office)


def pages(client: Client, paths: dict[str, str]) -> dict[str, str]:
    found = {}
    for name, path in paths.items():
        answer = client.get(path)
        text = answer.getvalue()
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            found[name] = text.decode()
    return found


def test_what_is_typed_comes_back_as_text(client: Client, paths: dict[str, str]) -> None:
    """Sent from every form; a page that shows the form again, and any page that shows what was stored."""
    tried = stored = 0
    for name, page in pages(client, paths).items():
        for form in forms_of(page, paths[name]):
            texts = {field: TYPED[:most] for field, most in form.texts.items()}
            if not texts:
                continue
            with transaction.atomic():
                answer = client.post(form.action, form.values | texts)
            assert not LIVE.search(answer.content.decode()), (name, form.action)
            tried, stored = tried + len(texts), stored + (answer.status_code == 302)
    assert tried > 80
    assert stored > 3


@pytest.fixture
def stored(paths: dict[str, str], office: Membership) -> str:
    """The same in what papers and workbooks tell of; what is stored, as long as the shortest of these columns."""
    text = TYPED[:60]
    Building.objects.update(name=text)
    Owner.objects.update(name=text, first_name="=2+2")
    Supplier.objects.update(name=text)
    Expense.objects.update(description=text)
    return text


def test_what_is_stored_is_shown_as_text(stored: str, client: Client, paths: dict[str, str]) -> None:
    found = pages(client, paths)
    assert {name for name, page in found.items() if LIVE.search(page)} == set()
    assert all("&lt;script&gt;" in found[name] for name in ("buildings:list", "owners:list", "expenses:list"))


def test_workbooks_hold_texts_and_no_formulas(stored: str, client: Client, paths: dict[str, str]) -> None:
    span = {"first": "2025-01-01", "last": "2025-12-31"}
    client.post(paths["expenses:approve"])
    texts = []
    for name in ("desk:journal_xlsx", "expenses:charges_xlsx"):
        book = load_workbook(BytesIO(client.get(paths[name], span).getvalue()))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f" and "+1" in str(cell.value)] == []
        texts += [str(cell.value) for cell in cells if cell.data_type == "s"]
    assert any(stored in text for text in texts)


def test_papers_show_it_as_text(stored: str, client: Client, paths: dict[str, str]) -> None:
    client.post(paths["expenses:approve"])
    paper = PdfReader(BytesIO(client.get(paths["expenses:apportionment_pdf"]).getvalue()))
    assert "<script>alert(1)" in "".join(page.extract_text() for page in paper.pages)
