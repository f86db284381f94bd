from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.accounts.staff import TenantAdmin
from apps.expenses.models import (
    Account,
    Approval,
    Attachment,
    ClosedSpan,
    Expense,
    ExpenseLine,
    LinePortion,
    LotAmount,
    LotPart,
    Supplier,
    Withdrawal,
)
from apps.expenses.resources import SupplierResource
from koprogo.staff import ReadOnly, StaffAdmin


@admin.register(Account)
class AccountAdmin(ReadOnly, StaffAdmin):
    """The same for every organization: a migration changes it."""

    list_display = ["code", "label_fr", "label_nl"]
    search_fields = ["code", "label_fr", "label_nl"]
    ordering = ["code"]


@admin.register(Supplier)
class SupplierAdmin(TenantAdmin):
    called = "name"
    resource = SupplierResource
    list_display = ["name", "enterprise_number", "email", "archived_on"]
    list_filter = [("archived_on", admin.EmptyFieldListFilter)]
    search_fields = ["name", "enterprise_number", "email", "=iban"]
    ordering = ["search", "id"]


def _is_open(expense: Expense | None) -> bool:
    """Once handed in it moves by the product's own steps alone, also when it comes back; so does a correction."""
    if expense is None:
        return True
    return expense.is_draft and not expense.is_correction and not expense.approvals.exists()


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
    called = "number"
    list_filter = ["status", "is_correction", "date"]
    date_hierarchy = "date"
    search_fields = ["number", "description", "supplier__name", "building__name", "building__reference"]
    autocomplete_fields = ["building", "supplier"]
    readonly_fields = [
        "status", "submitted_by", "submitted_at", "rejection", "paid_on", "refers_to", "is_correction",
    ]  # fmt: skip
    ordering = ["-date", "-id"]
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
    list_filter = ["day_rule", "is_current", "vat_rate"]
    date_hierarchy = "period_start"
    search_fields = ["expense__number", "description", "=account", "key__code"]


@admin.register(Approval)
class ApprovalAdmin(ReadOnly, TenantAdmin):
    list_display = ["expense", "approved_on", "approved_by", "by_submitter", "at_takeover", "part_count", "part_sum"]
    list_select_related = ["expense", "approved_by"]
    list_filter = ["approved_on", "by_submitter", "at_takeover"]
    date_hierarchy = "approved_on"
    search_fields = ["expense__number", "expense__supplier__name", "part_hash"]
    ordering = ["-id"]


@admin.register(LotPart)
class LotPartAdmin(ReadOnly, TenantAdmin):
    list_display = ["approval_id", "line_id", "unit", "weight", "amount"]
    list_select_related = ["unit"]
    search_fields = ["unit__number", "=approval__expense__number"]


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnly, TenantAdmin):
    list_display = ["approval_id", "expense", "reason", "withdrawn_on", "withdrawn_by"]
    list_select_related = ["approval__expense", "withdrawn_by"]
    list_filter = ["withdrawn_on"]
    date_hierarchy = "withdrawn_on"
    search_fields = ["approval__expense__number", "reason"]
    ordering = ["-id"]

    @admin.display(description=Expense._meta.verbose_name)
    def expense(self, withdrawal: Withdrawal) -> Expense:
        return withdrawal.approval.expense


@admin.register(ClosedSpan)
class ClosedSpanAdmin(ReadOnly, TenantAdmin):
    list_display = ["building", "starts_on", "ends_on", "closed_by", "closed_on"]
    list_select_related = ["building", "closed_by"]
    list_filter = ["closed_on"]
    date_hierarchy = "starts_on"
    search_fields = ["building__name", "building__reference"]


@admin.register(LinePortion)
class LinePortionAdmin(ReadOnly, TenantAdmin):
    list_display = ["line_id", "position", "key", "percent", "amount", "building"]
    list_select_related = ["key", "building"]
    list_filter = ["key__kind"]
    search_fields = ["=line__id", "line__expense__number", "key__code", "building__name"]


@admin.register(LotAmount)
class LotAmountAdmin(ReadOnly, TenantAdmin):
    list_display = ["line_id", "key", "unit", "amount", "building"]
    list_select_related = ["key", "unit", "building"]
    search_fields = ["=line__id", "line__expense__number", "unit__number", "building__name"]


@admin.register(Attachment)
class AttachmentAdmin(ReadOnly, TenantAdmin):
    list_display = ["expense", "document"]
    list_select_related = ["expense", "document"]
    list_filter = ["document__media_type"]
    search_fields = ["expense__number", "document__name"]
