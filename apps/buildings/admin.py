from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.buildings.models import BankAccount, Building, BuildingAccess


@admin.register(Building)
class BuildingAdmin(TenantAdmin):
    list_display = ["reference", "name", "postcode", "city", "total_shares"]
    search_fields = ["reference", "name", "city", "enterprise_number"]
    list_filter = ["city"]
    ordering = ["search", "id"]
    kept = ["total_shares"]  # every approval rests on them


@admin.register(BankAccount)
class BankAccountAdmin(TenantAdmin):
    list_display = ["iban", "kind", "building"]
    list_select_related = ["building"]
    list_filter = ["kind"]
    search_fields = ["=iban", "building__name"]
    autocomplete_fields = ["building"]


@admin.register(BuildingAccess)
class BuildingAccessAdmin(TenantAdmin):
    list_display = ["person", "building"]
    list_select_related = ["building", "membership__user"]
    search_fields = ["building__name", "membership__user__email"]
    autocomplete_fields = ["building", "membership"]

    @admin.display(description="personne")
    def person(self, access: BuildingAccess) -> str:
        return str(access.membership.user)
