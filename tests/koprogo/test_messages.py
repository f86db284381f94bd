"""What a cookie brings back is what we gave, or nothing."""

import pytest
from django.contrib.messages import constants
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings

from koprogo.messages import Cookie, Storage, _Signer

SENTENCES = ["L’immeuble « Les Érables » est créé.", "Un autre l'avait changé : <b>voyez</b>."]


def request_of(rf: RequestFactory, cookie: str | None = None) -> HttpRequest:
    request = rf.get("/")
    request.session = {}
    if cookie is not None:
        request.COOKIES["messages"] = cookie
    return request


def told(request: HttpRequest) -> list[str]:
    return [each.message for each in Storage(request)]


def sent(rf: RequestFactory, sentences: list[str]) -> tuple[HttpRequest, HttpResponse]:
    request, response = request_of(rf), HttpResponse()
    storage = Storage(request)
    for each in sentences:
        storage.add(constants.SUCCESS, each)
    assert storage.update(response) == []
    return request, response


def test_messages_come_back(rf: RequestFactory) -> None:
    _request, response = sent(rf, SENTENCES)
    cookie = response.cookies["messages"]
    assert cookie["httponly"]
    assert told(request_of(rf, cookie.value)) == SENTENCES


def test_what_has_been_shown_is_forgotten(rf: RequestFactory) -> None:
    cookie = sent(rf, SENTENCES)[1].cookies["messages"].value
    storage, response = Storage(request_of(rf, cookie)), HttpResponse()
    assert len(list(storage)) == 2
    storage.update(response)
    assert response.cookies["messages"]["max-age"] == 0


def test_what_does_not_fit_into_a_cookie_goes_with_the_session(rf: RequestFactory) -> None:
    many = [f"La facture n° {number} n'est plus un brouillon : elle a été laissée." for number in range(60)]
    request, response = sent(rf, many)
    cookie = response.cookies["messages"].value
    assert len(cookie) <= 2048
    after = request_of(rf, cookie)
    after.session = request.session
    assert sorted(told(after)) == sorted(many)


@pytest.mark.parametrize("spoiled", ["content", "signature", "none", "nonsense", "key", "é"])
def test_what_we_did_not_sign_is_not_shown(rf: RequestFactory, spoiled: str) -> None:
    cookie = sent(rf, SENTENCES)[1].cookies["messages"].value
    content, _colon, signature = cookie.partition(":")
    cookie = {
        "content": f"{content[:-8]}AAAA{content[-4:]}:{signature}", "signature": f"{content}:{signature[::-1]}",
        "none": content, "nonsense": "?", "key": cookie, "é": f"é{cookie}",
    }[spoiled]  # fmt: skip
    request = request_of(rf, cookie)
    if spoiled == "key":
        with override_settings(SECRET_KEY="another"):
            found = Cookie(request)
            found.signer = _Signer()
            assert list(found) == []
        return
    assert told(request) == []
