from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.buildings.models import BankAccount, Building, BuildingAccess
from apps.buildings.resources import BankAccountResource, BuildingResource


@admin.register(Building)
class BuildingAdmin(TenantAdmin):
    called = "reference"
    resource = BuildingResource
    list_display = ["reference", "name", "postcode", "city", "total_shares", "archived_on"]
    search_fields = ["reference", "name", "city", "enterprise_number"]
    list_filter = [("archived_on", admin.EmptyFieldListFilter), "city"]
    ordering = ["search", "id"]
    kept = ["total_shares"]  # every approval rests on them


@admin.register(BankAccount)
class BankAccountAdmin(TenantAdmin):
    called = "iban"
    resource = BankAccountResource
    list_display = ["iban", "kind", "building"]
    list_select_related = ["building"]
    list_filter = ["kind"]
    search_fields = ["=iban", "building__name", "building__reference"]
    autocomplete_fields = ["building"]


@admin.register(BuildingAccess)
class BuildingAccessAdmin(TenantAdmin):
    list_display = ["person", "building"]
    list_select_related = ["building", "membership__user"]
    list_filter = ["membership__role"]
    search_fields = ["building__name", "building__reference", "membership__user__email"]
    autocomplete_fields = ["building", "membership"]

    @admin.display(description="personne")
    def person(self, access: BuildingAccess) -> str:
        return str(access.membership.user)
