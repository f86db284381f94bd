from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.units.models import DistributionKey, KeyWeight, Unit


@admin.register(Unit)
class UnitAdmin(TenantAdmin):
    list_display = ["number", "building", "kind", "floor", "share", "position"]
    list_select_related = ["building"]
    list_filter = ["kind"]
    search_fields = ["number", "building__name"]
    autocomplete_fields = ["building"]


@admin.register(DistributionKey)
class DistributionKeyAdmin(TenantAdmin):
    list_display = ["code", "name", "kind", "building"]
    list_select_related = ["building"]
    list_filter = ["kind"]
    search_fields = ["code", "name", "building__name"]
    autocomplete_fields = ["building"]


@admin.register(KeyWeight)
class KeyWeightAdmin(TenantAdmin):
    list_display = ["key", "unit", "weight", "building"]
    list_select_related = ["key", "unit", "building"]
    search_fields = ["key__code", "unit__number", "building__name"]
    autocomplete_fields = ["building", "key", "unit"]
