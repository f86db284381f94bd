"""What PostgreSQL itself refuses about versions and readings, whoever asks."""

from datetime import date
from typing import Any

import pytest
from django.db import Error, transaction

from apps.accounts.models import Membership
from apps.units.models import FormerWeight, Reading, Revision, Unit
from tests.factories import KeyFactory, building_with_lots, read_meter

NEW_YEAR = date(2026, 1, 1)


@pytest.fixture
def building(office: Membership) -> Any:
    return building_with_lots(office.organization, [600, 400])


def refused(rule: str) -> Any:
    return pytest.raises(Error, match=rule)


def revision_of(building: Any, **fields: Any) -> Revision:
    values = {"starts_on": NEW_YEAR, "total_before": 1000, "reason": "Acte", "building": building}
    return Revision.objects.create(organization=building.organization, **values | fields)


def test_a_version_follows_those_of_the_same_key_alone(building: Any) -> None:
    key = KeyFactory(building=building, kind="weights")
    revision_of(building)
    revision_of(building, reason="Faute de frappe")
    revision_of(building, key=key, total_before=None, starts_on=date(2025, 1, 1))
    with refused("revisions_follow_each_other"), transaction.atomic():
        revision_of(building, starts_on=date(2025, 12, 31))


@pytest.mark.parametrize("of_key", [True, False])
def test_a_version_keeps_the_total_of_shares_alone(building: Any, of_key: bool) -> None:
    fields = {"key": KeyFactory(building=building, kind="weights")} if of_key else {"total_before": None}
    with refused("revision_of_shares_keeps_their_total"), transaction.atomic():
        revision_of(building, **fields)


def test_what_was_before_is_never_changed(building: Any) -> None:
    revision = revision_of(building)
    weight = FormerWeight.objects.create(
        organization=building.organization, revision=revision, unit=Unit.objects.earliest("pk"), weight=600
    )
    for change in [
        lambda: Revision.objects.update(reason="Autre"), revision_of(building, reason="Autre").delete,
        lambda: FormerWeight.objects.update(weight=1), weight.delete,
    ]:  # fmt: skip
        with refused("permission denied"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"starts_on": date(2025, 12, 31), "ends_on": date(2026, 2, 1)}, "readings_of_a_unit_do_not_overlap"),
        ({"starts_on": NEW_YEAR, "ends_on": NEW_YEAR}, "reading_ends_after_it_starts"),
        ({"starts_on": NEW_YEAR, "ends_on": date(2026, 2, 1), "quantity": -1}, "reading_is_not_negative"),
    ],
)
def test_a_reading_that_cannot_be_is_refused(building: Any, change: dict[str, Any], rule: str) -> None:
    key = read_meter(building)
    values = {"organization": building.organization, "building": building, "key": key, "quantity": 1}
    with refused(rule), transaction.atomic():
        Reading.objects.create(unit=Unit.objects.earliest("pk"), **values | change)
