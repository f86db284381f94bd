"""The environment of the product's pages (Jinja2): filters, what every page may ask for, and the navigation."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template import engines
from django.template.backends.jinja2 import Jinja2, Template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext_noop
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from koprogo import formats
from koprogo.addresses import url
from koprogo.csrf import FormInput
from koprogo.folding import FoldingEnvironment
from koprogo.headers import HTML
from koprogo.listing import Records


@dataclass(frozen=True, slots=True)
class Item:
    """One place in the navigation (settings.KOPROGO_NAVIGATION), shown to the roles that have the permission."""

    url: str
    label: str
    icon: str
    permission: str


NAV_LINK = Markup(
    '<li class="nav-item{active}"><a class="nav-link" href="{href}"{current}>'
    '<span class="nav-link-icon"><svg class="icon" aria-hidden="true"><use href="{icons}#{icon}"/></svg></span>'
    '<span class="nav-link-title">{label}</span></a></li>'
)
ICON = Markup('<svg class="icon {css_class}" aria-hidden="true"><use href="{file}#{name}"/></svg>')
NAV_TITLE = Markup('<li class="nav-section-title">{}</li>')

# The keys are the statuses of an expense and name the CSS classes as well.
EXPENSE_STATES = {
    "draft": gettext_noop("Brouillon"),
    "submitted": gettext_noop("Soumise"),
    "approved": gettext_noop("Approuvée"),
    "paid": gettext_noop("Payée"),
    "rejected": gettext_noop("Rejetée"),
}
STATE = Markup('<span class="state state-{}">{}</span>')

Group = tuple[str, tuple[tuple[str, Item], ...]]
_groups: dict[str, tuple[Group, ...]] = {}
_navigation: dict[tuple[str, str, str], Markup] = {}
_kept: dict[tuple[str | None, Callable[..., Markup], str], Markup] = {}
MOST_KEPT = 1000
MOST_ROWS = 4000  # some 8 MB: four lists of forty pages each


def navigation(request: HttpRequest) -> Markup:
    """The list items of the navigation for this person; built once per language, role and current place."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return Markup()
    role = str(membership.role)
    if role not in _groups:
        _groups[role] = tuple(_groups_for(membership))
    current = _current(request.path, _groups[role])
    key = (translation.get_language(), role, current)
    if key not in _navigation:
        _navigation[key] = _render(_groups[role], current)
    return _navigation[key]


def _groups_for(membership: Any) -> Iterable[Group]:
    for title, items in import_string(settings.KOPROGO_NAVIGATION).items():
        shown = tuple((reverse(item.url), item) for item in items if membership.may(item.permission))
        if shown:
            yield title, shown


def _current(path: str, groups: tuple[Group, ...]) -> str:
    """The address of the item that the path lies under: the longest one; the start page only for itself."""
    addresses = [href for _, items in groups for href, _ in items]
    return max((href for href in addresses if path == href or (href != "/" and path.startswith(href))), default="")


def _render(groups: tuple[Group, ...], current: str) -> Markup:
    lines: list[Markup] = []
    for title, items in groups:
        if title:
            lines.append(NAV_TITLE.format(translation.gettext(title)))
        lines += [_link(href, item, is_current=href == current) for href, item in items]
    return Markup("\n").join(lines)


def _link(href: str, item: Item, *, is_current: bool) -> Markup:
    return NAV_LINK.format(
        href=href,
        icon=item.icon,
        icons=asset("vendor/tabler/icons.svg"),
        label=translation.gettext(item.label),
        active=" active" if is_current else "",
        current=Markup(' aria-current="page"') if is_current else "",
    )


@cache
def asset(path: str) -> str:
    """The address of a static file, looked up once."""
    return static(path)


def query_with(request: HttpRequest, **changes: Any) -> str:
    """This page's query string with some values replaced; None removes one. `?` alone when nothing is left."""
    return replaced_in(request.META.get("QUERY_STRING", ""), **changes)


def replaced_in(query: str, **changes: Any) -> str:
    return _replaced_in(query, tuple(changes.items()))


@lru_cache(maxsize=1024)
def _replaced_in(query: str, changes: tuple[tuple[str, Any], ...]) -> str:
    replaced = {name for name, _value in changes}
    kept = [pair for pair in QueryDict(query).lists() if pair[0] not in replaced]
    return "?" + urlencode(kept + [(name, [str(value)]) for name, value in changes if value is not None], doseq=True)


def kept(macro: Callable[..., Markup], *values: Any) -> Markup:
    """What a macro gives for these values and the language of now, made once: of macros that ask for nothing else."""
    key = (translation.get_language(), macro, repr(values))
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        found = _kept[key] = macro(*values)
    return found


def kept_rows(macro: Callable[..., Markup], rows: Records[Any], *values: Any) -> Markup:
    """What a macro gives for each row of a page, made once for each row of these values.

    Colleagues open the same lists all day, and few of their rows have changed. A row that has is another one: it goes
    by all that is in it. Within a macro nothing else is known, neither who asks nor for which page.
    """
    return Markup("".join([_kept_row(macro, rows.make, each, *values) for each in rows.values]))  # noqa: S704


@lru_cache(maxsize=MOST_ROWS)
def _kept_row(macro: Callable[..., Markup], make: Callable[..., Any], row: tuple[Any, ...], *values: Any) -> Markup:
    return macro(make(*row), *values)


def demo_accounts() -> list[Any]:
    """The demonstration sign-ins that the sign-in page shows; none outside demonstration mode."""
    return import_string("apps.accounts.demo.sign_ins")() if is_demo() else []


def form_token() -> str:
    """What makes each form that a page shows another one (apps.accounts.editing.once)."""
    return str(uuid4())


def is_demo() -> bool:
    return bool(getattr(settings, "KOPROGO_DEMO", False))


@cache
def _expense_badges(language: str | None) -> dict[str, Markup]:
    return {status: STATE.format(status, translation.gettext(label)) for status, label in EXPENSE_STATES.items()}


def expense_badges() -> dict[str, Markup]:
    """The badge of each status of an expense; ask once, then `badges[row.status]` in the rows."""
    return _expense_badges(translation.get_language())


@cache
def icon(name: str, css_class: str = "") -> Markup:
    """One icon of static/vendor/tabler/icons.svg (its names are the ids there): decoration, so give words beside it."""
    return ICON.format(css_class=css_class, file=asset("vendor/tabler/icons.svg"), name=name)


def translated(text: str, *, language: str) -> Markup:
    """A sentence of a template, without values (those with values are Jinja's own gettext's)."""
    with translation.override(language):
        return Markup(translation.gettext(text)) % {}  # noqa: S704 (our own sentence)


def translated_in(meaning: str, text: str, *, language: str) -> Markup:
    """The same for a text that other languages say in several ways."""
    with translation.override(language):
        return Markup(translation.pgettext(meaning, text)) % {}  # noqa: S704 (our own sentence)


class Page(Template):
    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        if request is None:
            return super().render(context)
        return self.template.render({**(context or {}), "request": request, "csrf_input": FormInput(request)})


@cache
def _engine() -> "Templates":
    found = engines["jinja2"]
    assert isinstance(found, Templates)
    return found


def render(
    request: HttpRequest, template_name: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page of ours, as `django.shortcuts.render` answers it, which asks each engine for the template first."""
    template = _engine().env.get_template(template_name)
    text = template.render({**(context or {}), "request": request, "csrf_input": FormInput(request)})
    return HttpResponse(text, status=status, content_type=HTML, charset="utf-8")


class Templates(Jinja2):
    """Django's backend, with an environment for each language: words are put in when a template is compiled."""

    def get_template(self, template_name: str) -> Page:
        return Page(super().get_template(template_name).template, self)

    @property
    def env(self) -> Environment:
        return self._environments.get(translation.get_language() or "") or self._environments[settings.LANGUAGE_CODE]

    @env.setter
    def env(self, environments: Any) -> None:
        self._environments = environments


def environments(**options: Any) -> dict[str, Environment]:
    return {language: environment(language, **options) for language, _name in settings.LANGUAGES}


def environment(language: str, **options: Any) -> Environment:
    options |= {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    words = partial(translated, language=language)
    constants: dict[str, Callable[..., Any]] = {
        "_": words, "gettext": words, "pgettext": partial(translated_in, language=language),
        "icon": icon, "static": asset, "url": url,
    }  # fmt: skip
    # Django's backend sets autoescape.
    env = FoldingEnvironment(constants=constants, extensions=["jinja2.ext.i18n"], **options)
    env.policies["ext.i18n.trimmed"] = True
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=translation.gettext,
        ngettext=translation.ngettext,
        pgettext=translation.pgettext,
        npgettext=translation.npgettext,
        newstyle=True,
    )
    env.filters.update(formats.filters(language))
    env.globals.update(
        demo_accounts=demo_accounts,
        expense_badges=expense_badges,
        form_token=form_token,
        get_language=translation.get_language,
        get_messages=get_messages,
        icon=icon,
        is_demo=is_demo,
        kept=kept,
        kept_rows=kept_rows,
        navigation=navigation,
        parsed=QueryDict,
        query_with=query_with,
        replaced_in=replaced_in,
        static=asset,
        url=url,
    )
    return env
