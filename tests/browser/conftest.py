"""A real browser against a real server: Debian's chromium, with axe on every page that a journey visits."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.factories import PASSWORD

# Playwright's loop runs in the test's own thread, where Django would then refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
SIZES = {"wide": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(_playwright: Playwright) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "install Debian's package chromium (deploy/test does)"
    options = ["--disable-background-networking"] + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with _playwright.chromium.launch(executable_path=chromium, args=options) as launched:
        yield launched


def settle(page: Page) -> None:
    """Wait until htmx has put in what it asked for."""
    page.wait_for_timeout(50)
    while page.locator(".htmx-request, .htmx-swapping, .htmx-settling").count():
        page.wait_for_timeout(20)


@dataclass
class Visit:
    """A person at a browser; every page that `look` sees is checked and photographed."""

    page: Page
    url: str
    pictures: Path

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}{path}")

    def sign_in(self, email: str) -> None:
        self.open("/account/login/")
        self.page.get_by_label("Adresse e-mail").fill(email)
        self.page.get_by_label("Mot de passe").fill(PASSWORD)
        self.page.get_by_role("button", name="Se connecter").click()
        self.page.wait_for_url(f"{self.url}/")

    def follow(self, name: str) -> None:
        """The page behind a link, with its scripts at work: what is typed before they are is not reckoned further."""
        with self.page.expect_event("load"):
            self.page.get_by_role("link", name=name).first.click()

    def look(self, name: str) -> None:
        """No accessibility fault, no sideways scrolling, and a picture of it at both widths."""
        for size, viewport in SIZES.items():
            self.page.set_viewport_size(viewport)
            settle(self.page)
            # Hiding the caret would set a style on each input, which htmx copies and our policy refuses.
            self.page.screenshot(path=self.pictures / f"{name}-{size}.png", full_page=True, caret="initial")
            assert self.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], (name, size)
            faults = [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(self.page).response["violations"]]
            assert faults == [], (name, size)
        self.page.set_viewport_size(SIZES["wide"])


def _is_complaint(message: ConsoleMessage) -> bool:
    """An error; a form that is shown again (422) is none, though chromium tells it as one."""
    return message.type == "error" and "status of 422" not in message.text


@pytest.fixture
def visit(browser: Browser, live_server: Any, request: pytest.FixtureRequest) -> Iterator[Visit]:
    pictures = Path(django_settings.DATA_DIR) / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(locale="fr-BE", viewport=SIZES["wide"], accept_downloads=True)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if _is_complaint(message) else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield Visit(page, live_server.url, pictures)
    context.close()
    assert complaints == []  # no refused script or style, no error of a script
