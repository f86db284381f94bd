from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.units.models import DistributionKey, FormerWeight, KeyWeight, Reading, Revision, Unit
from apps.units.resources import KeyResource, UnitResource, WeightResource
from koprogo.staff import ReadOnly


@admin.register(Unit)
class UnitAdmin(TenantAdmin):
    called = "number"
    resource = UnitResource
    list_display = ["number", "building", "kind", "floor", "share", "position", "archived_on"]
    list_select_related = ["building"]
    list_filter = [("archived_on", admin.EmptyFieldListFilter), "kind"]
    search_fields = ["number", "building__name", "building__reference"]
    autocomplete_fields = ["building"]
    kept = ["building", "share"]  # every approval rests on them


@admin.register(DistributionKey)
class DistributionKeyAdmin(TenantAdmin):
    called = "code"
    resource = KeyResource
    list_display = ["code", "name", "kind", "building", "archived_on"]
    list_select_related = ["building"]
    list_filter = [("archived_on", admin.EmptyFieldListFilter), "kind"]
    search_fields = ["code", "name", "building__name", "building__reference"]
    autocomplete_fields = ["building"]
    kept = ["building", "kind"]  # the kind says which weights count


@admin.register(KeyWeight)
class KeyWeightAdmin(ReadOnly, TenantAdmin):
    """Weights come with their key, all together: on the product's pages, or from a file."""

    resource = WeightResource
    list_display = ["key", "unit", "weight", "building"]
    list_select_related = ["key", "unit", "building"]
    list_filter = ["key__kind"]
    search_fields = ["key__code", "unit__number", "building__name", "building__reference"]


@admin.register(Revision)
class RevisionAdmin(ReadOnly, TenantAdmin):
    list_display = ["building", "key", "starts_on", "total_before", "reason", "made_by", "made_at"]
    list_select_related = ["building", "key", "made_by"]
    list_filter = ["starts_on", "made_at"]
    date_hierarchy = "starts_on"
    search_fields = ["building__name", "building__reference", "key__code", "reason"]
    ordering = ["-id"]


@admin.register(FormerWeight)
class FormerWeightAdmin(ReadOnly, TenantAdmin):
    list_display = ["revision_id", "unit", "weight"]
    list_select_related = ["unit"]
    search_fields = ["=revision__id", "unit__number"]


@admin.register(Reading)
class ReadingAdmin(ReadOnly, TenantAdmin):
    list_display = ["key", "unit", "building", "starts_on", "ends_on", "quantity", "is_estimated"]
    list_select_related = ["key", "unit", "building"]
    list_filter = ["is_estimated", "starts_on"]
    date_hierarchy = "starts_on"
    search_fields = ["key__code", "unit__number", "building__name", "building__reference"]
    ordering = ["-starts_on", "-id"]
