from django.contrib import admin

from apps.ops.models import LoadTest
from koprogo.staff import ReadOnly, StaffAdmin


@admin.register(LoadTest)
class LoadTestAdmin(ReadOnly, StaffAdmin):
    """They come in, are read and are removed on the pages of the report."""

    list_display = ["started_at", "mix", "portfolio_buildings", "seconds", "connections", "proxy"]
    list_filter = ["mix", "proxy", "portfolio_buildings"]
    date_hierarchy = "started_at"
    ordering = ["-started_at", "-id"]
