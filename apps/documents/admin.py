from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.documents.models import Document
from koprogo.staff import ReadOnly


@admin.register(Document)
class DocumentAdmin(ReadOnly, TenantAdmin):
    list_display = ["name", "media_type", "size", "uploaded_by", "uploaded_at"]
    list_select_related = ["uploaded_by"]
    search_fields = ["name", "sha256", "uploaded_by__email"]
    list_filter = ["media_type", "uploaded_at"]
    date_hierarchy = "uploaded_at"
    exclude = ["organization", "path"]
    ordering = ["-id"]
