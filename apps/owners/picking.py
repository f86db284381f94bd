"""Finding an owner by what a person types: a code, or parts of the name."""

from apps.accounts.models import Organization
from apps.owners.models import Owner
from koprogo.search import normalise

FOUND_AT_MOST = 20
_BETWEEN = " · "


def label_of(owner: Owner) -> str:
    """What stands in the field once an owner is chosen; `owners_like` finds exactly this owner by it."""
    return f"{owner.code}{_BETWEEN}{owner.full_name}"


def owners_like(organization: Organization, text: str) -> list[Owner]:
    """The owner with this code or label; else those whose name or code holds every word, twenty at most.

    Nothing typed finds nobody.
    """
    text = text.replace("\0", "").strip()
    if not text:
        return []
    owners = Owner.objects.for_organization(organization).in_use()
    if found := owners.filter(code=text.partition(_BETWEEN)[0].strip()).first():
        return [found]
    for word in normalise(text).split():
        owners = owners.filter(search__contains=word)
    return list(owners.order_by("search", "id")[:FOUND_AT_MOST])
