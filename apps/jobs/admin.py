from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.jobs.models import Job
from koprogo.staff import ReadOnly


@admin.register(Job)
class JobAdmin(ReadOnly, TenantAdmin):
    list_display = ["title", "status", "done", "total", "started_by", "created_at"]
    list_select_related = ["started_by"]
    list_filter = ["status", "created_at"]
    date_hierarchy = "created_at"
    search_fields = ["title", "message", "started_by__email"]
    ordering = ["-id"]
