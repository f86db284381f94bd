import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from jinja2 import Environment, UndefinedError

from apps.accounts.permissions import ROLE_PERMISSIONS, Role
from apps.desk.navigation import NAVIGATION
from apps.expenses.models import Expense
from koprogo import jinja
from koprogo.gallery import gallery
from koprogo.listing import Records

TEMPLATES = Path(settings.BASE_DIR) / "templates"
ERRORS = ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"]
LABEL = re.compile(r'nav-link-title">([^<]+)<')


@pytest.fixture
def env() -> Environment:
    return engines["jinja2"].env


@pytest.fixture
def page(rf: RequestFactory) -> Iterator[Callable]:
    """A request as the frame hands it to a view: somebody of a role, in an organization."""

    def build(path: str = "/", role: str = Role.MANAGER):
        request = rf.get(path)
        request.user = SimpleNamespace(is_authenticated=True, is_staff=False, name="Amélie", email="a@example.be")
        request.organization = SimpleNamespace(id=1, name="Bureau du Parc", slug="parc", language="fr")
        request.membership = SimpleNamespace(role=role, may=ROLE_PERMISSIONS[role].__contains__)
        return request

    with translation.override("fr"):
        yield build


class InvoiceForm(forms.Form):
    number = forms.CharField(label="Numéro", help_text="Tel que sur la facture.")
    counted = forms.ChoiceField(
        label="Partage", choices=[("days", "Par jours"), ("date", "À une date")], widget=forms.RadioSelect
    )
    paid = forms.BooleanField(label="Payée", required=False)


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (
            Role.MANAGER,
            "Tableau de bord, Immeubles, Lots, Copropriétaires, Dépenses, Fournisseurs, Reprise, Traitements, Journal,"
            " Données personnelles, Équipe",
        ),
        (Role.ASSISTANT, "Tableau de bord, Immeubles, Lots, Copropriétaires, Dépenses, Fournisseurs, Traitements"),
        (Role.READER, "Tableau de bord, Immeubles, Lots, Copropriétaires, Dépenses"),
        (Role.OWNER, "Mes lots"),
    ],
)
def test_navigation_shows_what_the_role_may_see(page, role: str, labels: str) -> None:
    assert ", ".join(LABEL.findall(jinja.navigation(page(role=role)))) == labels


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", "Tableau de bord"), ("/expenses/12/", "Dépenses"), ("/expenses/suppliers/", "Fournisseurs")],
)
def test_navigation_marks_the_one_place_where_the_page_is(page, path: str, current: str) -> None:
    marked = [line for line in jinja.navigation(page(path)).splitlines() if 'aria-current="page"' in line]
    assert [LABEL.findall(line) for line in marked] == [[current]]


def test_navigation_is_built_once_for_all_pages_of_a_section(page) -> None:
    assert jinja.navigation(page("/units/1/")) is jinja.navigation(page("/units/2/"))


def test_navigation_of_nobody_is_empty(rf: RequestFactory) -> None:
    assert jinja.navigation(rf.get("/")) == ""


def test_query_with_replaces_removes_and_keeps(rf: RequestFactory) -> None:
    request = rf.get("/units/", {"q": "é & b", "page": "3", "sort": "name"})
    assert jinja.query_with(request, page=None, sort="-name") == "?q=%C3%A9+%26+b&sort=-name"


ROW = "{% macro row(listed, may) %}<td>{{ listed.name }}{{ '!' if may }}{{ _('Lots') }}</td>{% endmacro %}"


def named(name: str) -> SimpleNamespace:
    return SimpleNamespace(name=name)


def rows(*names: str) -> Records:
    return Records(named, [(name,) for name in names])


def test_rows_are_made_once_and_anew_when_anything_in_them_is_other(env: Environment) -> None:
    macro = env.from_string(ROW).module.row
    before = jinja._kept_row.cache_info()

    assert jinja.kept_rows(macro, rows("A", "<b>"), False) == "<td>ALots</td><td>&lt;b&gt;Lots</td>"
    assert jinja.kept_rows(macro, rows("<b>", "C"), False) == "<td>&lt;b&gt;Lots</td><td>CLots</td>"
    assert jinja.kept_rows(macro, rows("A"), True) == "<td>A!Lots</td>"

    after = jinja._kept_row.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (1, 4)


def test_rows_speak_the_language_of_their_page() -> None:
    said = {
        language: jinja.kept_rows(environment.from_string(ROW).module.row, rows("A"), False)
        for language, environment in jinja.environments(autoescape=True).items()
    }

    assert said == {"fr": "<td>ALots</td>", "nl": "<td>AKavels</td>"}


def test_rows_know_neither_request_nor_page(env: Environment) -> None:
    macro = env.from_string("{% macro row(listed) %}{{ request.user }}{% endmacro %}").module.row

    with pytest.raises(UndefinedError, match="request"):
        jinja.kept_rows(macro, rows("A"))


def test_every_status_of_an_expense_has_a_badge() -> None:
    assert set(jinja.expense_badges()) == set(Expense.Status.values)


def test_undefined_variable_fails(env: Environment) -> None:
    with pytest.raises(UndefinedError):
        env.from_string("{{ nothing }}").render()


def test_values_in_translated_sentences_are_escaped(env: Environment) -> None:
    template = env.from_string("{% trans name=name %}\n  Bonjour\n  {{ name }}\n{% endtrans %}")
    assert template.render(name="<b>") == "Bonjour &lt;b&gt;"


@pytest.mark.parametrize("name", ERRORS)
def test_error_page_needs_no_context(env: Environment, name: str) -> None:
    assert "Retour à l’accueil" in env.get_template(name).render()


def test_demonstration_accounts_are_not_shown_outside_the_demonstration(settings) -> None:
    settings.KOPROGO_DEMO = False
    assert jinja.demo_accounts() == []


def test_field_ties_help_and_error_to_its_control(env: Environment) -> None:
    form = InvoiceForm({"number": "", "counted": "days"})
    html = env.get_template("_components/forms.html").module.field(form["number"])
    described = re.search(r'aria-describedby="([^"]+)"', html).group(1).split()
    assert described == ["id_number_helptext", "id_number_error"]
    assert [f'id="{name}"' in html for name in described] == [True, True]


def test_error_summary_links_to_the_first_choice_of_a_group(env: Environment) -> None:
    form = InvoiceForm({"number": "12"})
    module = env.get_template("_components/forms.html").module
    assert 'href="#id_counted_0"' in module.error_summary(form)
    assert 'id="id_counted_0"' in module.field(form["counted"])


def test_components_are_all_in_the_gallery(page) -> None:
    shown = (TEMPLATES / "gallery.html").read_text()
    macros = [
        (path.name, name)
        for path in (TEMPLATES / "_components").glob("*.html")
        for name in re.findall(r"{% macro ([a-z]\w*)\(", path.read_text())
        if not re.search(rf"\b{name}\(", shown)
    ]
    assert macros == []


def test_gallery_has_nothing_inline(page) -> None:
    html = gallery(page("/gallery/")).content.decode()
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html) == []


@pytest.mark.parametrize("has_failed", [True, False])
def test_new_password_page_shows_the_form_or_why_not(page, env: Environment, has_failed: bool) -> None:
    context = {"form": InvoiceForm(), "action_url": "", "csrf_input": "", "redirect_field": ""}
    context |= {"token_fail": True} if has_failed else {}
    html = env.get_template("account/password_reset_from_key.html").render(request=page(), **context)
    assert ("<form" in html) is not has_failed


def test_other_pages_of_allauth_stand_in_our_card(page) -> None:
    html = engines["django"].get_template("account/password_set.html").render({"form": InvoiceForm()}, page())
    assert 'class="bare-page bare-wide"' in html
    assert '<button class="btn btn-primary"' in html
    assert 'for="id_number"' in html


def test_templates_have_nothing_inline_and_nothing_from_elsewhere() -> None:
    faults = [
        (path.name, found)
        for path in TEMPLATES.rglob("*.html")
        for found in re.findall(
            r"<style|\sstyle=|\son[a-z]+=\"|<script(?![^>]*\ssrc=)|(?:src|href)=\"(?:https?:)?//", path.read_text()
        )
    ]
    assert faults == []


def test_icons_of_templates_exist_in_the_sprite() -> None:
    sprite = (Path(settings.BASE_DIR) / "static/vendor/tabler/icons.svg").read_text()
    texts = [path.read_text() for path in TEMPLATES.rglob("*.html")]
    named = {name for text in texts for name in re.findall(r'\bicon\("([a-z0-9-]+)"', text)}
    named |= {item.icon for items in NAVIGATION.values() for item in items}
    assert {name for name in named if f'id="{name}"' not in sprite} == set()
