"""The list of owners, an owner's page, and which owners a member with the role of co-owner is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.access import MemberRequest, by_method, reads, writes
from apps.accounts.models import Membership
from apps.accounts.permissions import Role
from apps.accounts.queries import member_of
from apps.audit.services import record
from apps.buildings.models import visible_buildings
from apps.owners.forms import OwnerAccessForm
from apps.owners.models import HolderMember, Owner
from apps.owners.queries import lots_on, owned_lots, owners_of, visible_owners
from apps.owners.services import link_owner, unlink_owner
from apps.units.models import Unit
from koprogo.addresses import redirect
from koprogo.formats import labels_of, masked_iban
from koprogo.jinja import render
from koprogo.listing import Listing, asks_for_archive, each_word, page_or_fragment, searched_words, with_each_word

OWNER_FIELDS = ["id", "code", "first_name", "name", "kind", "postcode", "city", "lots"]
OWNER_ORDERS = {"name": ["search"], "code": ["code"], "city": ["city", "search"]}
LOTS_SHOWN = 6
FOUND_SHOWN = 20
MANY = 100  # names that nobody pages through to find one: whoever does reads in bulk, and the journal says so


@dataclass(slots=True)
class OwnerRow:
    """One owner in a list; `lots`: building and lot of what is held today."""

    id: int
    code: str
    first_name: str
    name: str
    kind: str
    postcode: str
    city: str
    lots: Sequence[Sequence[str]] | None

    @property
    def kind_in_words(self) -> str:
        return labels_of(Owner.Kind)[self.kind]

    @property
    def lots_in_words(self) -> str:
        """`Les Tilleuls : A1, G3 · Parc Royal : 12`, cut after a few."""
        lots = list(dict.fromkeys(tuple(lot) for lot in self.lots or []))
        numbers: dict[str, list[str]] = {}
        for building, number in lots[:LOTS_SHOWN]:
            numbers.setdefault(building, []).append(number)
        each_building = _("%(name)s : %(value)s")
        words = " · ".join(
            each_building % {"name": building, "value": ", ".join(each)} for building, each in numbers.items()
        )
        return f"{words} … (+ {len(lots) - LOTS_SHOWN})" if len(lots) > LOTS_SHOWN else words


def _listed(
    role: str, is_archive: bool, *, organization: int, membership: int, today: date, **words: str
) -> QuerySet[Owner]:
    member = member_of(role, organization, membership)
    found = visible_owners(member).filter(archived_on__isnull=not is_archive)
    return with_each_word(found, words.values()).annotate(lots=lots_on(today, member))


OWNERS = Listing(_listed, OWNER_FIELDS, OwnerRow, orders=OWNER_ORDERS, default="name")


@reads("see")
def owners(request: MemberRequest) -> HttpResponse:
    member, is_archive, words = request.membership, asks_for_archive(request), searched_words(request)
    page = OWNERS.read(
        request, member.role, is_archive,
        organization=member.organization_id, membership=member.pk, today=timezone.localdate(), **each_word(words),
    )  # fmt: skip
    if page.first > MANY:
        read = {"list": [None, _("copropriétaires")], "rows": [None, f"{page.first}–{page.last}"]}
        record("read_in_bulk", organization_id=member.organization_id, changes=read)
    context = {"page": page, "words": words, "is_archive": is_archive}
    return render(request, page_or_fragment(request, "owners/list.html", "owners/_table.html"), context)


@reads("see")
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    owner = get_object_or_404(visible_owners(request.membership), pk=pk)
    lots = owned_lots(Owner.objects.filter(pk=owner.pk), visible_buildings(request.membership))
    today = timezone.localdate()
    context = {
        "owner": owner,
        # E-mail, telephone and account are the office's business alone (DOMAIN.md GD-03).
        "shows_contact": request.membership.sees_all_buildings,
        "iban": masked_iban(owner.iban),
        "languages": labels_of(Owner.Language),
        "owner_kinds": labels_of(Owner.Kind),
        "current": [lot for lot in lots if lot.lasts_on(today)],
        "other": [lot for lot in lots if not lot.lasts_on(today)],
        "kinds": labels_of(Unit.Kind),
        "rights": labels_of(HolderMember.Right, is_capital=False),
    }
    return render(request, "owners/detail.html", context)


@reads("team")
def show_access(request: MemberRequest, membership_pk: int) -> HttpResponse:
    member = _co_owner(request, membership_pk)
    linked = list(owners_of(member).order_by("search", "id"))
    others = (
        Owner.objects.for_organization(request.organization).in_use().exclude(pk__in=[owner.pk for owner in linked])
    )
    words = searched_words(request)
    named = with_each_word(others, each_word(words).values())
    found = list(named.order_by("search", "id")[:FOUND_SHOWN]) if words else []
    context = {"member": member, "linked": linked, "found": found, "words": words, "is_cut": len(found) == FOUND_SHOWN}
    return render(request, "owners/access.html", context)


@writes("team")
def change_access(request: MemberRequest, membership_pk: int) -> HttpResponse:
    member = _co_owner(request, membership_pk)
    form = OwnerAccessForm(request.POST, organization=request.organization)
    if not form.is_valid():
        messages.error(request, _("Rien n’a changé : ce copropriétaire n’existe pas ou plus."))
        return redirect("owners:access", member.pk)
    owner = form.cleaned_data["owner"]
    if form.cleaned_data["step"] == "link":
        link_owner(membership=member, owner=owner)
        sentence = _("%(member)s voit maintenant les lots de %(owner)s.")
    else:
        unlink_owner(membership=member, owner=owner)
        sentence = _("%(member)s ne voit plus les lots de %(owner)s.")
    messages.success(request, sentence % {"member": member.user, "owner": owner})
    return redirect("owners:access", member.pk)


access = by_method(get=show_access, post=change_access)


def _co_owner(request: MemberRequest, pk: int) -> Membership:
    members = Membership.objects.for_organization(request.organization).filter(role=Role.OWNER).select_related("user")
    return get_object_or_404(members, pk=pk)
