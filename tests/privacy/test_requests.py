"""The register of requests: its clock, its steps, its pages."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.owners.models import Owner
from apps.privacy import services
from apps.privacy.models import PrivacyRequest
from apps.privacy.views import delay_in_words
from tests.factories import sign_in
from tests.privacy.people import person
from tests.takeover.test_worker import enter_again

RECEIVED = date(2026, 1, 15)


@pytest.fixture
def owner(office: Membership) -> Owner:
    return person(office)


def log(owner: Owner, kind: str = "access", received_on: date = RECEIVED) -> PrivacyRequest:
    return services.log_request(owner=owner, kind=kind, received_on=received_on, note="")


def test_a_request_is_extended_once_with_a_reason(owner: Owner) -> None:
    asked = log(owner)
    services.extend_request(request=asked, reason="Beaucoup de pièces")
    asked.refresh_from_db()
    assert (asked.due_on, asked.extension_reason) == (date(2026, 4, 15), "Beaucoup de pièces")
    with pytest.raises(services.AlreadyExtended):
        services.extend_request(request=asked, reason="Encore")


def test_an_answer_closes_it(owner: Owner) -> None:
    asked = log(owner)
    services.answer_request(request=asked, status="granted", answer="Copie remise", on=date(2026, 1, 20))
    asked.refresh_from_db()
    assert (asked.is_open, asked.answered_on) == (False, date(2026, 1, 20))
    with pytest.raises(services.RequestIsAnswered):
        services.answer_request(request=asked, status="refused", answer="Non", on=date(2026, 1, 21))
    with pytest.raises(services.RequestIsAnswered):
        services.extend_request(request=asked, reason="Trop tard")


def test_each_step_is_in_the_journal_without_the_words_themselves(owner: Owner) -> None:
    asked = log(owner)
    services.extend_request(request=asked, reason="Beaucoup de pièces")
    events = AuditEvent.objects.filter(table="privacy_privacyrequest", object_id=asked.pk).order_by("id")
    assert list(events.values_list("action", flat=True)) == ["insert", "update"]
    assert "personal" in events.last().changes["extension_reason"][1]


@pytest.mark.parametrize(
    ("days", "words"),
    [(12, "encore 12 jours"), (1, "encore 1 jour"), (0, "dernier jour"), (-1, "en retard de 1 jour"),
     (-3, "en retard de 3 jours")],
)  # fmt: skip
def test_the_delay_in_words(days: int, words: str) -> None:
    assert delay_in_words(days) == words


def test_the_list_shows_the_open_ones_by_their_last_day(office: Membership, owner: Owner) -> None:
    late, soon = log(owner), log(owner, "erasure", timezone.localdate())
    answered = log(owner, "objection")
    services.answer_request(request=answered, status="granted", answer="Noté", on=RECEIVED)
    client = sign_in(office)
    page = client.get("/privacy/").content.decode()
    places = [page.find(f"/privacy/requests/{each.pk}/") for each in (late, soon)]
    assert 0 < places[0] < places[1]
    assert f"en retard de {-late.days_left(timezone.localdate())} jours" in page
    assert f"/privacy/requests/{answered.pk}/" not in page
    assert f"/privacy/requests/{answered.pk}/" in client.get("/privacy/?answered=1").content.decode()
    assert "Le délai légal est passé" in client.get(f"/privacy/requests/{late.pk}/").content.decode()


def test_the_list_asks_as_often_for_one_row_as_for_thirty(office: Membership, owner: Owner) -> None:
    client, counts = sign_in(office), []
    client.get("/privacy/")
    for more in (1, 24):
        for _each in range(more):
            log(owner)
        with CaptureQueriesContext(connection) as asked:
            client.get("/privacy/")
        counts.append(len(asked))
        enter_again(office)
    assert counts[0] == counts[1]


def test_a_request_goes_its_way_in_the_browser(office: Membership, owner: Owner) -> None:
    client, address = sign_in(office), f"/privacy/owners/{owner.pk}/requests/create/"
    form = {"kind": "rectification", "received_on": timezone.localdate() + timedelta(days=1), "note": ""}
    assert "encore à venir" in client.post(address, form).content.decode()
    page = client.post(address, form | {"received_on": "2026-01-31"}, follow=True).content.decode()
    enter_again(office)
    asked = PrivacyRequest.objects.get()
    assert asked.due_on == date(2026, 2, 28)
    assert "28/02/2026" in page
    assert f"/owners/{owner.pk}/edit/" in page
    client.post(f"/privacy/requests/{asked.pk}/extend/", {"reason": "Pièces nombreuses"})
    early = {"status": "granted", "on": "2026-01-30", "answer": "Fait"}
    assert "précède la réception" in client.post(f"/privacy/requests/{asked.pk}/answer/", early).content.decode()
    client.post(f"/privacy/requests/{asked.pk}/answer/", early | {"on": "2026-02-01"})
    enter_again(office)
    asked.refresh_from_db()
    assert (asked.status, asked.due_on) == ("granted", date(2026, 4, 30))


def test_a_national_number_is_not_kept(office: Membership, owner: Owner) -> None:
    form = {"kind": "access", "received_on": "2026-01-15", "note": "85.07.30-033.28"}
    page = sign_in(office).post(f"/privacy/owners/{owner.pk}/requests/create/", form)
    assert page.status_code == 422
    assert "registre national" in page.content.decode()


def test_restriction_and_objection_are_set_lifted_and_shown(office: Membership, owner: Owner) -> None:
    client, page = sign_in(office), f"/owners/{owner.pk}/"
    for flag, told in [("mail", "Pas de courrier facultatif"), ("restriction", "Traitement limité depuis")]:
        client.post(f"/privacy{page}flags/", {"flag": flag, "step": "set"})
        assert told in client.get(page).content.decode()
        client.post(f"/privacy{page}flags/", {"flag": flag, "step": "lift"})
        assert told not in client.get(page).content.decode()


def test_what_is_optional_is_not_sent_under_restriction_or_objection(owner: Owner) -> None:
    assert owner.takes_optional_mail
    for step in (services.set_restriction, services.set_mail_objection):
        step(owner=owner, on=RECEIVED)
        assert not owner.takes_optional_mail
        step(owner=owner, on=None)
    assert owner.takes_optional_mail
