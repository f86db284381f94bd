from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.units.models import DistributionKey, KeyWeight, Unit
from koprogo.staff import ReadOnly


@admin.register(Unit)
class UnitAdmin(TenantAdmin):
    list_display = ["number", "building", "kind", "floor", "share", "position"]
    list_select_related = ["building"]
    list_filter = ["kind"]
    search_fields = ["number", "building__name"]
    autocomplete_fields = ["building"]
    kept = ["building", "share"]  # every approval rests on them


@admin.register(DistributionKey)
class DistributionKeyAdmin(TenantAdmin):
    list_display = ["code", "name", "kind", "building"]
    list_select_related = ["building"]
    list_filter = ["kind"]
    search_fields = ["code", "name", "building__name"]
    autocomplete_fields = ["building"]
    kept = ["building", "kind"]  # the kind says which weights count


@admin.register(KeyWeight)
class KeyWeightAdmin(ReadOnly, TenantAdmin):
    """Weights come with their key, all together."""

    list_display = ["key", "unit", "weight", "building"]
    list_select_related = ["key", "unit", "building"]
    search_fields = ["key__code", "unit__number", "building__name"]
