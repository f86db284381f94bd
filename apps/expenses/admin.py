from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.staff import TenantAdmin
from apps.expenses.models import Account, Approval, Expense, ExpenseLine, LotPart, Supplier
from koprogo.staff import ReadOnly, StaffAdmin


@admin.register(Account)
class AccountAdmin(ReadOnly, StaffAdmin):
    """The same for every organization: a migration changes it."""

    list_display = ["code", "label_fr", "label_nl"]
    search_fields = ["code", "label_fr", "label_nl"]
    ordering = ["code"]


@admin.register(Supplier)
class SupplierAdmin(TenantAdmin):
    list_display = ["name"]
    search_fields = ["name"]


def _is_open(expense: Expense | None) -> bool:
    """Once handed in it moves by the product's own steps alone."""
    return expense is None or expense.is_draft


class LineInline(admin.TabularInline):
    model = ExpenseLine
    extra = 0
    exclude = ["organization", "building"]
    autocomplete_fields = ["key", "unit"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj)


@admin.register(Expense)
class ExpenseAdmin(TenantAdmin):
    """Its status moves on the product's pages alone, where approval freezes the parts."""

    list_display = ["number", "date", "building", "supplier", "description", "amount", "status"]
    list_select_related = ["building", "supplier"]
    list_filter = ["status", "date"]
    search_fields = ["number", "description", "supplier__name", "building__name"]
    autocomplete_fields = ["building", "supplier"]
    readonly_fields = ["status", "submitted_by", "submitted_at", "rejection", "paid_on"]
    inlines = [LineInline]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and super().has_delete_permission(request, obj)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for line in formset.save(commit=False):
            line.organization, line.building = form.instance.organization, form.instance.building
            line.save()
        for line in formset.deleted_objects:
            line.delete()


@admin.register(ExpenseLine)
class ExpenseLineAdmin(ReadOnly, TenantAdmin):
    """Changed with their expense."""

    list_display = ["expense", "position", "description", "account", "key", "unit", "net", "vat", "gross"]
    list_select_related = ["expense", "key", "unit"]
    list_filter = ["day_rule"]
    search_fields = ["expense__number", "description", "account"]


@admin.register(Approval)
class ApprovalAdmin(ReadOnly, TenantAdmin):
    list_display = ["expense", "approved_on", "approved_by", "by_submitter", "at_takeover", "part_count", "part_sum"]
    list_select_related = ["expense", "approved_by"]
    list_filter = ["approved_on", "by_submitter", "at_takeover"]
    search_fields = ["expense__number", "part_hash"]


@admin.register(LotPart)
class LotPartAdmin(ReadOnly, TenantAdmin):
    list_display = ["approval_id", "line_id", "unit", "weight", "amount"]
    list_select_related = ["unit"]
    search_fields = ["unit__number", "=approval__expense__number"]
