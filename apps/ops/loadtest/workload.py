"""What is asked for, how often, and with what: the mixes, the forms as they stand in their pages, wrk's file."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from math import gcd
from random import Random

from apps.ops.loadtest.browser import Browser, PageError, PageForm, read_form, read_links

UNIQUE, AMOUNT, TOKEN = "__UNIQUE__", "__AMOUNT__", "__TOKEN__"  # written anew for each request (workload.lua)
GET_SHARE, POST_SHARE = 70, 30
LISTS = {"/buildings/": 30, "/units/": 25, "/owners/": 20, "/expenses/": 20}
PROFILE = {"/profile/": 5}
FORMS = {"building": 30, "unit": 30, "owner": 20, "expense": 20}
MIXES = ("mixed", "pages")
MOST_BUILDINGS = 100  # among which new lots and expenses are spread
SHUFFLED_BY = 2025


@dataclass(frozen=True)
class Target:
    """Where a request goes; of a form also what it sends (with the marks) and the page that it is on."""

    path: str
    body: str = ""
    content_type: str = ""
    page: str = ""


@dataclass(frozen=True)
class Step:
    """One kind of request. `leads_to`: a Lua pattern of the place that a form that was taken leads to."""

    name: str
    share: int
    targets: list[Target]
    method: str = "GET"
    status: int = 200
    leads_to: str = ""


@dataclass(frozen=True)
class Workload:
    steps: list[Step]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def schedule(self) -> list[int]:
        """Indices of the steps, each exactly as often as its share says, well mixed and the same at every run."""
        divisor = reduce(gcd, [step.share for step in self.steps])
        places = [place for place, step in enumerate(self.steps) for _ in range(step.share // divisor)]
        Random(SHUFFLED_BY).shuffle(places)  # noqa: S311 (an order, no secret)
        return places


def page_steps(mix: str) -> list[Step]:
    share = GET_SHARE if mix == "mixed" else 1
    pages = LISTS | PROFILE if mix == "mixed" else LISTS
    return [Step(f"GET {path}", each * share, [Target(path)]) for path, each in pages.items()]


def single(path: str) -> Workload:
    return Workload([Step(f"GET {path}", 1, [Target(path)])])


def read_workload(browser: Browser, mix: str, on: date) -> Workload:
    """The mix for the person who is signed in. Raises PageError when a page is not as it should be."""
    for path in LISTS | PROFILE:
        browser.get(path)
    steps = page_steps(mix)
    if mix == "mixed":
        steps += form_steps(browser, buildings_of(browser), on)
    return Workload(steps, {"Cookie": browser.cookie_header, **browser.headers})


def buildings_of(browser: Browser) -> list[int]:
    """Numbers of the person's buildings, as far as they are wanted, from the pages of the list."""
    found: dict[int, None] = {}
    for page in range(1, MOST_BUILDINGS):
        links = read_links(browser.get(f"/buildings/?page={page}"))
        fresh = [int(match[1]) for link in links if (match := re.fullmatch(r"/buildings/(\d+)/", link))]
        if len(found) >= MOST_BUILDINGS or not set(fresh) - set(found):
            break
        found |= dict.fromkeys(fresh)
    if not found:
        raise PageError("/buildings/ shows no building")
    return list(found)[:MOST_BUILDINGS]


def form_steps(browser: Browser, buildings: Sequence[int], on: date) -> list[Step]:
    targets: dict[str, tuple[str, list[Target]]] = {
        "building": ("^/buildings/%d+/$", [building_form(browser)]),
        "unit": ("^/buildings/%d+/units/$", [unit_form(browser, building) for building in buildings]),
        "owner": ("^/owners/%d+/$", [owner_form(browser)]),
        "expense": ("^/expenses/%d+/$", list(expense_forms(browser, buildings, on))),
    }
    return [
        Step(f"POST {name}", share * POST_SHARE, targets[name][1], "POST", 302, targets[name][0])
        for name, share in FORMS.items()
    ]


# --- The four forms, with what a person would type ---
def building_form(browser: Browser) -> Target:
    typed = {
        "name": f"Résidence d’essai {UNIQUE}", "reference": UNIQUE, "street": "Rue de l’Essai 12",
        "postcode": "1000", "city": "Bruxelles", "total_shares": "1000", "built_year": "1998",
    }  # fmt: skip
    return _simple(browser, "/buildings/create/", typed)


def unit_form(browser: Browser, building: int) -> Target:
    return _simple(browser, f"/buildings/{building}/units/new/", {"number": UNIQUE, "floor": "2", "area": "85,5"})


def owner_form(browser: Browser) -> Target:
    typed = {
        "first_name": "Camille", "name": f"Essai {UNIQUE}", "code": UNIQUE, "salutation": "Madame",
        "street": "Rue de l’Essai 12", "postcode": "1000", "city": "Bruxelles", "email": f"{UNIQUE}@essai.example.be",
    }  # fmt: skip
    return _simple(browser, "/owners/create/", typed)


def _simple(browser: Browser, path: str, typed: dict[str, str]) -> Target:
    return _filled(_form(browser, path, typed), path, typed)


def expense_forms(browser: Browser, buildings: Iterable[int], on: date) -> Iterator[Target]:
    typed = {
        "number": UNIQUE, "date": on.isoformat(), "description": f"Entretien {UNIQUE}",
        "0-description": "Entretien des communs", "0-account": "6106", "0-gross": AMOUNT,
        "0-first": on.replace(day=1).isoformat(), "0-last": on.isoformat(),
    }  # fmt: skip
    for place, building in enumerate(buildings):
        path = f"/expenses/new/?building={building}"
        form = _form(browser, path, {*typed, "supplier", "0-target"})
        keys = [choice for choice in form.choices["0-target"] if choice.startswith("k")]
        suppliers = form.suggestions.get("supplier")
        if not suppliers or not keys or ("do", "save") not in form.buttons:
            raise PageError(f"{path}: no supplier, no key or no button to save by")
        chosen = {"supplier": suppliers[place % len(suppliers)], "0-target": keys[0]}
        yield _filled(form, path, typed | chosen, [("do", "save")])


def _form(browser: Browser, path: str, needed: Iterable[str]) -> PageForm:
    try:
        return read_form(browser.get(path), {"csrfmiddlewaretoken", "form_token", *needed})
    except PageError as error:
        raise PageError(f"{path}: {error}") from error


def _filled(form: PageForm, path: str, typed: dict[str, str], buttons: Sequence[tuple[str, str]] = ()) -> Target:
    """The form of the page at `path` with what is typed."""
    wanted = typed | {"form_token": TOKEN}
    fields = [(name, wanted.get(name, value)) for name, value in form.fields]
    return Target(form.action or path, *form.encoded([*fields, *buttons]), page=path)


# --- wrk's file ---
def to_lua(workload: Workload, base: str) -> str:
    """A Lua file that gives the workload."""
    steps = [
        {
            "name": step.name, "method": step.method, "status": step.status, "leads_to": step.leads_to or None,
            "targets": [
                {"path": each.path, "body": each.body, "type": each.content_type, "referer": base + each.page}
                for each in step.targets
            ],
        }
        for step in workload.steps
    ]  # fmt: skip
    content = {
        "steps": steps, "schedule": [place + 1 for place in workload.schedule], "headers": workload.headers,
        "origin": base,
    }  # fmt: skip
    return f"return {_lua(content)}\n"


def _lua(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"[{_lua(key)}]={_lua(each)}" for key, each in value.items() if each is not None) + "}"
    if isinstance(value, list):
        return "{" + _joined(value) + "}"
    return json.dumps(value, ensure_ascii=False)  # texts without control signs but \r and \n: the same in Lua


def _joined(values: Iterable[object]) -> str:
    return ",".join(_lua(each) for each in values)
