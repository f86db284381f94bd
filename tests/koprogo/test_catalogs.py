"""The translation catalogs: whole, and as the source has its strings today."""

import re
from collections.abc import Iterator
from contextlib import chdir
from io import StringIO
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

from koprogo.catalogs import LOCALE, compile_catalogs

PLACEHOLDER = re.compile(r"%(?:\(\w+\)[sd]|%)")
REFRESH = "refresh the catalogs as README.md says, then translate"


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    compile_catalogs()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the command in README.md finds in the source now."""
    template = tmp_path_factory.mktemp("catalogs") / "koprogo.pot"
    with chdir(settings.BASE_DIR):
        CommandLineInterface().run(
            ["pybabel", "-q", "extract", "-F", "pyproject.toml", "--ignore-dirs=.*", "-o", str(template), "."]
        )
    return read_po(StringIO(template.read_text()))


def catalog_of(language: str) -> Catalog:
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    return read_po(StringIO(path.read_text()), locale=language, abort_invalid=True)


def messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def forms(text: Any) -> list[str]:
    """The singular and the plural, or the one form that there is."""
    return [text] if isinstance(text, str) else list(text)


def key(message: Message) -> tuple[str | None, str]:
    return message.context, forms(message.id)[0]


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_a_catalog_has_what_the_source_has_and_nothing_else(language: str, found: Catalog) -> None:
    in_source = {key(message): message for message in messages(found)}
    in_catalog = {key(message): message for message in messages(catalog_of(language))}
    assert sorted(in_source.keys() - in_catalog.keys(), key=str) == [], REFRESH
    assert sorted(in_catalog.keys() - in_source.keys(), key=str) == [], REFRESH
    assert [each for each in in_source if forms(in_source[each].id) != forms(in_catalog[each].id)] == [], REFRESH


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_nothing_is_fuzzy(language: str) -> None:
    assert [message.id for message in catalog_of(language) if message.fuzzy] == []


def test_dutch_translates_everything() -> None:
    assert [message.id for message in messages(catalog_of("nl")) if not all(forms(message.string))] == []


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_both_forms_of_a_plural_are_there(language: str) -> None:
    plurals = [message for message in messages(catalog_of(language)) if not isinstance(message.id, str)]
    assert plurals
    assert [each.id for each in plurals if len(forms(each.string)) != 2 or not all(forms(each.string))] == []


@pytest.mark.parametrize("language", ["fr", "nl"])
def test_a_translation_keeps_the_placeholders(language: str) -> None:
    wrong = [
        (original, translated)
        for message in messages(catalog_of(language))
        for original, translated in zip(forms(message.id), forms(message.string), strict=False)
        if translated and sorted(PLACEHOLDER.findall(original)) != sorted(PLACEHOLDER.findall(translated))
    ]
    assert wrong == []


def test_french_says_only_how_plurals_go() -> None:
    """The source is French already: a translation of it would be a second wording of the same."""
    assert [each.id for each in messages(catalog_of("fr")) if isinstance(each.id, str) and each.string] == []


def test_dutch_has_no_french_typography() -> None:
    translated = [text for message in messages(catalog_of("nl")) for text in forms(message.string)]
    assert [text for text in translated if re.search(r"[«»]|[ \u00a0\u202f][:;!?]", text)] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", ["0 lot", "1 lot", "2 lots"]), ("nl", ["0 kavels", "1 kavel", "2 kavels"])],
)
def test_plurals_follow_the_language(language: str, words: list[str]) -> None:
    with translation.override(language):
        assert [translation.ngettext("%(count)s lot", "%(count)s lots", n) % {"count": n} for n in range(3)] == words
