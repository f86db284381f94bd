from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.owners.models import AccountHolder, HolderMember, Holding, OpeningBalance, Owner, OwnerAccess
from apps.owners.resources import OwnerResource
from koprogo.staff import ReadOnly


@admin.register(Owner)
class OwnerAdmin(TenantAdmin):
    called = "code"
    resource = OwnerResource
    list_display = ["code", "person", "kind", "language", "email", "city", "archived_on"]
    search_fields = ["code", "name", "first_name", "email", "=iban", "enterprise_number"]
    list_filter = [("archived_on", admin.EmptyFieldListFilter), "kind", "language"]
    ordering = ["search", "id"]

    @admin.display(description=Owner._meta.verbose_name, ordering="search")
    def person(self, owner: Owner) -> str:
        return owner.full_name


@admin.register(AccountHolder)
class AccountHolderAdmin(ReadOnly, TenantAdmin):
    """Another composition is another holder, made with the holding that it takes over."""

    list_display = ["id", "building", "composition"]
    list_select_related = ["building"]
    search_fields = ["=id", "building__name", "building__reference", "composition"]


@admin.register(HolderMember)
class HolderMemberAdmin(ReadOnly, TenantAdmin):
    list_display = ["holder_id", "owner", "right", "numerator", "denominator"]
    list_select_related = ["owner"]
    list_filter = ["right"]
    search_fields = ["=holder__id", "owner__code", "owner__name"]


@admin.register(Holding)
class HoldingAdmin(ReadOnly, TenantAdmin):
    """Who owes what rests on them: corrected with their checks, by the product's own forms."""

    list_display = ["unit", "building", "holder_id", "starts_on", "ends_on"]
    list_select_related = ["unit", "building"]
    list_filter = [("ends_on", admin.EmptyFieldListFilter), "starts_on"]
    date_hierarchy = "starts_on"
    search_fields = ["unit__number", "building__name", "building__reference", "=holder__id"]


@admin.register(OpeningBalance)
class OpeningBalanceAdmin(ReadOnly, TenantAdmin):
    """What the takeover brought: nothing here would check that a building's balances still agree."""

    list_display = ["building", "holder_id", "kind", "amount", "on"]
    list_select_related = ["building"]
    list_filter = ["kind", "on"]
    date_hierarchy = "on"
    search_fields = ["building__name", "building__reference", "=holder__id"]


@admin.register(OwnerAccess)
class OwnerAccessAdmin(TenantAdmin):
    list_display = ["person", "owner"]
    list_select_related = ["owner", "membership__user"]
    search_fields = ["owner__code", "owner__name", "membership__user__email"]
    autocomplete_fields = ["owner", "membership"]

    @admin.display(description="personne")
    def person(self, access: OwnerAccess) -> str:
        return str(access.membership.user)
