from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.owners.models import AccountHolder, HolderMember, Holding, OpeningBalance, Owner, OwnerAccess
from koprogo.staff import ReadOnly


@admin.register(Owner)
class OwnerAdmin(TenantAdmin):
    list_display = ["code", "full_name", "kind", "language", "email", "city"]
    search_fields = ["code", "name", "first_name", "email", "=iban"]
    list_filter = ["kind", "language"]


@admin.register(AccountHolder)
class AccountHolderAdmin(ReadOnly, TenantAdmin):
    """Another composition is another holder, made with the holding that it takes over."""

    list_display = ["id", "building", "composition"]
    list_select_related = ["building"]
    search_fields = ["building__name", "composition"]


@admin.register(HolderMember)
class HolderMemberAdmin(ReadOnly, TenantAdmin):
    list_display = ["holder_id", "owner", "right", "numerator", "denominator"]
    list_select_related = ["owner"]
    list_filter = ["right"]
    search_fields = ["owner__code", "owner__name"]


@admin.register(Holding)
class HoldingAdmin(ReadOnly, TenantAdmin):
    """Who owes what rests on them: corrected with their checks, by the product's own forms."""

    list_display = ["unit", "building", "holder_id", "starts_on", "ends_on"]
    list_select_related = ["unit", "building"]
    search_fields = ["unit__number", "building__name"]


@admin.register(OpeningBalance)
class OpeningBalanceAdmin(TenantAdmin):
    list_display = ["building", "holder_id", "kind", "amount", "on"]
    list_select_related = ["building"]
    list_filter = ["kind"]
    search_fields = ["building__name"]
    autocomplete_fields = ["building", "holder"]


@admin.register(OwnerAccess)
class OwnerAccessAdmin(TenantAdmin):
    list_display = ["person", "owner"]
    list_select_related = ["owner", "membership__user"]
    search_fields = ["owner__code", "owner__name", "membership__user__email"]
    autocomplete_fields = ["owner", "membership"]

    @admin.display(description="personne")
    def person(self, access: OwnerAccess) -> str:
        return str(access.membership.user)
