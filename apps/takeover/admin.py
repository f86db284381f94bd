from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.takeover.models import Takeover
from koprogo.staff import ReadOnly


@admin.register(Takeover)
class TakeoverAdmin(ReadOnly, TenantAdmin):
    list_display = ["document", "status", "started_by", "started_at"]
    list_select_related = ["document", "started_by"]
    list_filter = ["status", "started_at"]
    date_hierarchy = "started_at"
    search_fields = ["document__name", "started_by__email"]
    ordering = ["-id"]
