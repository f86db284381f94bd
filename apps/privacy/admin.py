from django.contrib import admin

from apps.accounts.staff import TenantAdmin
from apps.privacy.models import LegalHold, PreparedCopy, PrivacyRequest
from koprogo.staff import ReadOnly


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(ReadOnly, TenantAdmin):
    """The office's own register: its clock and its answers are the office's to write."""

    list_display = ["owner", "kind", "status", "received_on", "due_on", "answered_on"]
    list_select_related = ["owner"]
    list_filter = ["status", "kind", "due_on"]
    search_fields = ["owner__code", "owner__name"]
    date_hierarchy = "received_on"


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnly, TenantAdmin):
    list_display = ["id", "owner", "building", "placed_on", "lifted_on"]
    list_select_related = ["owner", "building"]
    list_filter = [("lifted_on", admin.EmptyFieldListFilter)]
    search_fields = ["owner__code", "owner__name", "building__reference", "building__name"]


@admin.register(PreparedCopy)
class PreparedCopyAdmin(ReadOnly, TenantAdmin):
    list_display = ["owner", "made_at"]
    list_select_related = ["owner"]
    search_fields = ["owner__code", "owner__name"]
    date_hierarchy = "made_at"
