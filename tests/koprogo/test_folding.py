"""Templates with their constants put in: the same pages, with less to do for each."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.template import engines
from django.utils import translation
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup, escape

from koprogo.folding import FoldingEnvironment, escaped


def environment(calls: list[str], **templates: str) -> Environment:
    def told(text: str) -> Markup:
        calls.append(text)
        return Markup("<b>%s</b>") % text

    env = FoldingEnvironment(
        constants={"told": told}, autoescape=True, undefined=StrictUndefined, loader=DictLoader(templates)
    )
    env.globals["told"] = told
    return env


def test_what_is_the_same_each_time_is_called_once() -> None:
    calls: list[str] = []
    template = environment(calls).from_string('{% for x in "ab" %}{{ told("one") }}{{ x }}{% endfor %}')
    assert [template.render(), template.render()] == ["<b>one</b>a<b>one</b>b"] * 2
    assert calls == ["one"]


def test_what_depends_on_a_value_is_called_each_time() -> None:
    calls: list[str] = []
    template = environment(calls).from_string("{{ told(x) }}{{ told('a' ~ x) }}")
    assert [template.render(x=1), template.render(x="<")] == ["<b>1</b><b>a1</b>", "<b>&lt;</b><b>a&lt;</b>"]


@pytest.mark.parametrize(
    "source",
    [
        "{% set told = own %}{{ told('x') }}",
        "{% macro told(x) %}own {{ x }}{% endmacro %}{{ told('x') }}",
        "{% macro show(told) %}{{ told('x') }}{% endmacro %}{{ show(own) }}",
        "{% from 'other' import told %}{{ told('x') }}",
        "{% from 'other' import given as told %}{{ told('x') }}",
    ],
)
def test_a_template_may_give_the_name_to_something_of_its_own(source: str) -> None:
    other = "{% macro told(x) %}own {{ x }}{% endmacro %}{% macro given(x) %}own {{ x }}{% endmacro %}"
    calls: list[str] = []
    assert environment(calls, other=other).from_string(source).render(own="own {}".format) == "own x"
    assert calls == []


def test_macros_and_functions_are_called_in_loops_and_blocks() -> None:
    source = (
        "{% macro row(x, mark='-') %}{{ mark }}{{ x }}{{ caller() if caller is defined else '' }}{% endmacro %}"
        "{% block rows %}{% for x in xs %}{{ row(x) }}{{ row(x, mark=loop.index) }}"
        "{% call row(double(x)) %}!{% endcall %}{% endfor %}{% endblock %}"
    )
    template = environment([]).from_string(source)
    assert template.render(xs=["<", 2], double=lambda x: x * 2) == "-&lt;1&lt;-&lt;&lt;!-222-4!"


class Html:
    def __html__(self) -> str:
        return "<i>"


@pytest.mark.parametrize(
    "value", ["<&>\"'", Markup("<b>"), 12, True, None, 1.5, Html(), ["<"], translation.gettext_lazy("é<")]
)
def test_escaping_is_markupsafes(value: Any) -> None:
    assert escaped(value) == str(escape(value))


def test_each_language_has_its_own_words() -> None:
    pages = engines["jinja2"]
    for language, word in [("fr", "Immeubles"), ("nl", "Gebouwen"), ("fr", "Immeubles")]:
        with translation.override(language):
            assert pages.from_string('{{ _("Immeubles") }}').render() == word


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{% set base = told('x') %}{{ base }}{{ base }}", "<b>x</b><b>x</b>"),
        ("{% set a, b = told('x'), own %}{{ a }}{{ b }}", "<b>x</b>own"),
        ("{% if no %}{% set own = told('x') %}{% endif %}{{ own }}", "own"),
        ("{% if no %}{% set own = told('x') %}{% else %}{{ own }}{% endif %}", "own"),
        ("{% for each in [] %}{% set own = told('x') %}{% endfor %}{{ own }}", "own"),
        ("{% set a = told('x') %}{% set a = own %}{{ a }}", "own"),
        ("{% macro show(a) %}{{ a }}{% endmacro %}{% set a = told('x') %}{{ show(own) }}", "own"),
    ],
)
def test_what_is_set_to_a_constant_is_one_as_long_as_it_is_sure(source: str, shown: str) -> None:
    calls: list[str] = []
    template = environment(calls).from_string(source)
    assert [template.render(own="own", no=False), template.render(own="own", no=False)] == [shown] * 2
    assert calls in (["x"], [])


@dataclass(slots=True)
class Record:
    name: str


def test_the_rows_of_a_page_are_records() -> None:
    source = "{% for row in page.rows %}{{ row.name }}{% for row in others %}{{ row.name }}{% endfor %}{% endfor %}"
    template = environment([]).from_string(source)
    page = {"rows": [Record("<a>")]}
    assert template.render(page=page, others=[{"name": "b"}]) == "&lt;a&gt;b"
    with pytest.raises(AttributeError):
        template.render(page={"rows": [{"name": "a"}]}, others=[])


def test_what_a_macro_takes_as_listed_is_a_record_within_it() -> None:
    source = (
        "{% macro row(listed, other) %}{{ listed.name }}{{ other.name }}{% endmacro %}"
        "{% set listed = {'name': 'c'} %}{{ row(first, {'name': 'b'}) }}{{ listed.name }}"
    )
    assert environment([]).from_string(source).render(first=Record("<a>")) == "&lt;a&gt;bc"
    with pytest.raises(AttributeError):
        environment([]).from_string(source).render(first={"name": "a"})


def test_what_a_page_includes_is_written_into_it_and_sees_the_same_names() -> None:
    part = (
        "{% set mine = told('in') %}{% from 'macros' import bold %}"
        "{{ bold(x) }}{{ mine }}{% for y in [x] %}{{ y }}{% endfor %}"
    )
    env = environment(
        [], part=part, macros="{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}",
        layout="[{% block a %}{% endblock %}]",
        own_block="{% extends 'layout' %}{% block a %}{{ x }}{% endblock %}",
        page="{% for x in ['<', 1] %}{% include 'part' %}{% endfor %}{{ mine is defined }}{% include 'own_block' %}",
    )  # fmt: skip
    shown = "<b>&lt;</b><b>in</b>&lt;<b>1</b><b>in</b>1False[7]"
    assert env.get_template("page").render(x=7) == shown
    env.auto_reload = False
    assert env.overlay(cache_size=0).get_template("page").render(x=7) == shown
    assert "get_template" in env.compile("{% include 'own_block' %}", raw=True)
    assert "get_template('part'" not in env.compile("{% include 'part' %}", raw=True)


MACROS = """
{%- macro plain(a, b='beta', c=none) %}[{{ a }}|{{ b }}|{{ c }}]{% endmacro %}
{%- macro around(title) %}<{{ title }}:{{ caller() }}>{% endmacro %}
{%- macro perhaps(title) %}{{ caller() if caller is defined else title }}{% endmacro %}
{%- macro anything() %}{{ varargs|join('+') }}{{ kwargs|dictsort }}{% endmacro %}
"""


@pytest.mark.parametrize(
    "call",
    [
        "{{ plain('<x>') }}", "{{ plain('x', c=1) }}", "{{ plain(b='y', a='x') }}", "{{ plain('x', 'y', 'z') }}",
        "{% call around('t') %}{{ '<' }}{% endcall %}", "{% call around(title='t') %}in{% endcall %}",
        "{% call perhaps('t') %}in{% endcall %}", "{{ perhaps('t') }}", "{{ anything(1, 2, k='v') }}",
        "{% for n in [1, 2] %}{{ plain(n) }}{% endfor %}", "{{ plain(plain('<x>')) }}",
    ],
)  # fmt: skip
def test_macros_take_their_arguments_as_jinjas_do(call: str) -> None:
    ours = environment([], page=MACROS + call).get_template("page").render()
    theirs = Environment(autoescape=True, undefined=StrictUndefined).from_string(MACROS + call).render()
    assert ours == theirs


@pytest.mark.parametrize("call", ["{{ plain('x', d=1) }}", "{{ plain(1, 2, 3, 4) }}", "{{ plain() }}"])
def test_what_a_macro_does_not_know_or_lacks_is_told(call: str) -> None:
    with pytest.raises((TypeError, UndefinedError)):
        environment([], page=MACROS + call).get_template("page").render()
