"""The handler that serves answers as Django's own does."""

from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import resolve

from koprogo import handler
from koprogo.handler import Handler


def request_for(path: str) -> Any:
    return RequestFactory().get(path)


def test_a_path_leads_where_django_says(settings: Any) -> None:
    ours, django = Handler(), WSGIHandler()
    for path in ("/buildings/", "/buildings/7/", "/buildings/7/", f"/buildings/{'7' * 200}/"):
        found, expected = ours.resolve_request(request_for(path)), django.resolve_request(request_for(path))
        assert (found.func, found.args, found.kwargs, found.view_name) == (
            expected.func, expected.args, expected.kwargs, expected.view_name,
        )  # fmt: skip


def test_paths_that_are_nowhere_or_long_are_not_kept() -> None:
    handler._kept_match.cache_clear()
    for path in ("/nowhere/", f"/buildings/{'7' * 200}/"):
        try:
            Handler().resolve_request(request_for(path))
        except Http404:
            continue
    assert handler._kept_match.cache_info().currsize == 0
    Handler().resolve_request(request_for("/buildings/7/"))
    assert handler._kept_match.cache_info().currsize == 1


def test_the_request_knows_its_view() -> None:
    request = request_for("/buildings/7/")
    Handler().resolve_request(request)
    assert request.resolver_match.view_name == resolve("/buildings/7/").view_name


def test_a_view_that_answers_nothing_is_told() -> None:
    with pytest.raises(ValueError, match="didn't return an HttpResponse"):
        Handler().check_response(None, test_a_view_that_answers_nothing_is_told)
    Handler().check_response(HttpResponse(), test_a_view_that_answers_nothing_is_told)
