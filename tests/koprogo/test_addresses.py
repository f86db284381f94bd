import pytest
from django.urls import NoReverseMatch, get_resolver, reverse

from koprogo.addresses import redirect, url


def names_with_a_number() -> list[str]:
    """Of all our views whose address takes one number."""
    found = []
    for namespace in get_resolver().namespace_dict:
        for name in get_resolver().namespace_dict[namespace][1].reverse_dict:
            if isinstance(name, str):
                try:
                    reverse(f"{namespace}:{name}", args=[1])
                except NoReverseMatch:
                    continue
                found.append(f"{namespace}:{name}")
    return found


def test_an_address_is_the_one_that_django_makes() -> None:
    names = names_with_a_number()
    assert {"buildings:detail", "expenses:detail", "buildings:new_unit"} <= set(names)
    for name in names:
        assert [url(name, number) for number in (1, 42, 2**63)] == [
            reverse(name, args=[number]) for number in (1, 42, 2**63)
        ]


def test_other_addresses_too() -> None:
    assert url("buildings:list") == reverse("buildings:list")
    assert url("buildings:detail", pk=7) == reverse("buildings:detail", kwargs={"pk": 7})
    with pytest.raises(NoReverseMatch):
        url("buildings:nowhere", 7)


@pytest.mark.parametrize(
    ("to", "place"),
    [
        (("buildings:detail", 7), "/buildings/7/"), (("buildings:list",), "/buildings/"),
        (("/owners/?q=é",), "/owners/?q=%C3%A9"),
    ],
)  # fmt: skip
def test_a_redirect_leads_to_a_view_or_an_address(to: tuple[str | int, ...], place: str) -> None:
    answer = redirect(*to)
    assert (answer.status_code, answer.headers["Location"]) == (302, place)
