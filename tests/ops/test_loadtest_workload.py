"""What the load test asks for: its shares, and its forms, which must stay those of our pages."""

from collections import Counter
from datetime import date
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client

from apps.accounts.models import Membership
from apps.ops.loadtest.browser import Browser, PageError, PageForm, read_form, read_links, sign_in
from apps.ops.loadtest.workload import (
    AMOUNT,
    TOKEN,
    UNIQUE,
    Step,
    Target,
    Workload,
    buildings_of,
    form_steps,
    page_steps,
    read_workload,
    to_lua,
)
from tests.factories import PASSWORD, SupplierFactory, building_with_lots

TODAY = date(2026, 1, 15)
PAGE = """
<a href="/buildings/7/">Sept</a>
<form action="/search/"><input name="q"></form>
<form method="post" enctype="multipart/form-data">
  <input type="hidden" name="token" value="&lt;é&gt;"><input name="name" list="names"><input name="gone" disabled>
  <input type="checkbox" name="no"><input type="checkbox" name="yes" value="1" checked><input type="file" name="paper">
  <select name="kind"><option value="a">A</option><option value="b" selected>B</option></select>
  <select name="first"><option value="x">X</option><option value="y">Y</option></select>
  <textarea name="words">deux mots</textarea><button name="do" value="save">Garder</button>
</form>
<datalist id="names"><option value="Anne"><option value="Zoé"></datalist>
"""


class ClientBrowser(Browser):
    """The load test's browser on Django's test client: no network."""

    def __init__(self) -> None:
        super().__init__("http://testserver")
        self.client = Client(enforce_csrf_checks=True)

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={cookie.value}" for name, cookie in self.client.cookies.items())

    def _send(self, path: str, body: bytes | None = None, content_type: str = "") -> tuple[int, str, str]:
        answer = self.client.get(path) if body is None else self.client.generic("POST", path, body, content_type)
        return answer.status_code, answer.headers.get("Location", ""), answer.content.decode()


@pytest.fixture
def browser(office: Membership) -> ClientBrowser:
    """Where a manager of two buildings has signed in by the page."""
    cache.clear()  # limits of failed sign-ins
    for _ in range(2):
        building_with_lots(office.organization, [600, 400])
    SupplierFactory(organization=office.organization, name="Énergie du Nord SA")
    connection.check_constraints()  # while the context is the one in which it was written
    found = ClientBrowser()
    sign_in(found, office.user.email, PASSWORD)
    return found


def counted(steps: list[Step]) -> Counter[str]:
    workload = Workload(steps)
    return Counter(steps[place].name for place in workload.schedule)


@pytest.mark.django_db
def test_a_mixed_load_is_seventy_per_cent_pages_with_exact_shares(browser: ClientBrowser) -> None:
    found = counted(read_workload(browser, "mixed", TODAY).steps)
    assert found == {
        "GET /buildings/": 42, "GET /units/": 35, "GET /owners/": 28, "GET /expenses/": 28, "GET /profile/": 7,
        "POST building": 18, "POST unit": 18, "POST owner": 12, "POST expense": 12,
    }  # fmt: skip


def test_pages_alone_are_the_four_lists_in_the_same_shares() -> None:
    assert counted(page_steps("pages")) == {
        "GET /buildings/": 6, "GET /units/": 5, "GET /owners/": 4, "GET /expenses/": 4
    }  # fmt: skip


def test_the_schedule_is_mixed_and_the_same_at_every_run() -> None:
    schedule = Workload(page_steps("pages")).schedule
    assert schedule == Workload(page_steps("pages")).schedule
    assert schedule != sorted(schedule)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["building", "unit", "owner", "expense"])
def test_a_form_that_the_load_test_sends_is_taken(browser: ClientBrowser, name: str) -> None:
    [step] = [each for each in form_steps(browser, buildings_of(browser), TODAY) if each.name == f"POST {name}"]
    for number, target in enumerate(step.targets, start=1):
        status, place, page = send(browser, target, number)
        assert status == step.status, page
        assert "%d+" in step.leads_to
        assert is_at(place, step.leads_to)


def send(browser: Browser, target: Target, number: int) -> tuple[int, str, str]:
    """As workload.lua writes it."""
    body = target.body.replace(UNIQUE, f"2-7-{number}").replace(AMOUNT, f"6{number},72")
    body = body.replace(TOKEN, f"2f1c7a1e-64a5-4f0c-9d0a-{number:012}")
    return browser.post(target.path, body, target.content_type)


def is_at(place: str, pattern: str) -> bool:
    """As workload.lua judges it: %d+ stands for a number."""
    start, end = pattern.strip("^$").split("%d+")
    path = urlsplit(place).path
    return path.startswith(start) and path.endswith(end) and path[len(start) : len(path) - len(end)].isdecimal()


@pytest.mark.django_db
def test_a_form_without_its_own_token_is_refused(browser: ClientBrowser) -> None:
    [building, *_] = form_steps(browser, buildings_of(browser), TODAY)
    [target] = building.targets
    stolen = Target(target.path, target.body.replace("csrfmiddlewaretoken", "other"), target.content_type)
    assert send(browser, stolen, 1)[0] == 403


@pytest.mark.django_db
def test_lots_and_expenses_are_spread_over_the_buildings(browser: ClientBrowser) -> None:
    buildings = buildings_of(browser)
    steps = {step.name: step for step in form_steps(browser, buildings, TODAY)}
    assert len(buildings) == 2
    assert [each.path for each in steps["POST unit"].targets] == [f"/buildings/{pk}/units/new/" for pk in buildings]
    assert len(steps["POST expense"].targets) == 2


@pytest.mark.django_db
def test_a_page_that_is_not_there_is_named(browser: ClientBrowser) -> None:
    with pytest.raises(PageError, match=r"^/nowhere/ answers 404$"):
        browser.get("/nowhere/")
    with pytest.raises(PageError, match=r"does not let claire@example\.be in"):
        sign_in(ClientBrowser(), "claire@example.be", "wrong")


# --- Reading pages ---
def test_a_form_is_read_as_a_browser_would_send_it() -> None:
    assert read_form(PAGE, {"token"}) == PageForm(
        action="", is_multipart=True, files=["paper"], buttons=[("do", "save")],
        fields=[("token", "<é>"), ("name", ""), ("yes", "1"), ("kind", "b"), ("first", "x"), ("words", "deux mots")],
        suggestions={"name": ["Anne", "Zoé"]}, choices={"kind": ["a", "b"], "first": ["x", "y"]},
    )  # fmt: skip
    assert read_links(PAGE) == ["/buildings/7/"]


def test_a_page_without_the_form_that_is_needed_says_so() -> None:
    with pytest.raises(PageError, match="no form with the fields iban, name"):
        read_form(PAGE, {"name", "iban"})


def test_fields_are_encoded_as_the_form_wants() -> None:
    body, content_type = PageForm("", is_multipart=True, files=["paper"]).encoded([("name", "Zoé")])
    boundary = content_type.removeprefix("multipart/form-data; boundary=")
    assert body.split(f"--{boundary}") == [
        "", '\r\nContent-Disposition: form-data; name="name"\r\n\r\nZoé\r\n',
        '\r\nContent-Disposition: form-data; name="paper"; filename=""\r\nContent-Type: application/octet-stream'
        "\r\n\r\n\r\n", "--\r\n",
    ]  # fmt: skip
    assert PageForm("").encoded([("name", "Zoé")]) == ("name=Zo%C3%A9", "application/x-www-form-urlencoded")


# --- wrk's file ---
def test_the_file_for_wrk_is_lua() -> None:
    workload = Workload(
        [Step("POST x", 1, [Target("/x/", 'é "\r\n', "text/plain", "/x/new/")], "POST", 302, "^/x/%d+/$")], {"A": "b"}
    )
    assert to_lua(workload, "http://localhost") == (
        'return {["steps"]={{["name"]="POST x",["method"]="POST",["status"]=302,["leads_to"]="^/x/%d+/$",'
        '["targets"]={{["path"]="/x/",["body"]="é \\"\\r\\n",["type"]="text/plain",'
        '["referer"]="http://localhost/x/new/"}}}},["schedule"]={1},["headers"]={["A"]="b"},'
        '["origin"]="http://localhost"}\n'
    )
