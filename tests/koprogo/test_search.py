"""Python and PostgreSQL normalise alike, or a search would miss what is there."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Membership
from apps.expenses.models import Supplier
from koprogo.search import normalise
from tests.factories import BuildingFactory, SupplierFactory

WORDS = "Œuvre Æsir Straße ÉLÉONORE İstanbul Yılmaz Łódź Müller e\u0301te\u0301 1\u00a0000\u202fm² Ça-et-là Dvořák 東京"


@pytest.mark.parametrize("text", WORDS.split(" "))
def test_both_say_the_same(office: Membership, text: str) -> None:
    supplier = SupplierFactory(organization=office.organization, name=text)
    assert Supplier.objects.get(pk=supplier.pk).search == normalise(text)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F), min_size=1, max_size=40))
def test_both_say_the_same_of_any_latin_text(office: Membership, text: str) -> None:
    supplier = Supplier.objects.create(organization=office.organization, name=f"{text}{Supplier.objects.count()}")
    supplier.refresh_from_db()
    assert supplier.search == normalise(supplier.name)


def test_what_a_person_types_finds_what_is_written(office: Membership) -> None:
    building = BuildingFactory(organization=office.organization, name="Résidence Cœur Élysée")
    building.refresh_from_db()
    assert normalise("COEUR elysee") in building.search
