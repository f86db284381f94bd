"""The admin for our staff: one organization at a time, chosen in its header with a reason."""

from collections.abc import Sequence
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization


class StaffSite(admin.AdminSite):
    site_header = site_title = gettext_lazy("KoproGo – équipe")
    index_title = gettext_lazy("Toutes les tables")
    enable_nav_sidebar = False

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Behind the product's own sign-in."""
        return secure_admin_login(super().login)(request, extra_context)

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_change_password")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {
            "chosen": request.organization,  # type: ignore[attr-defined]
            "organizations": Organization.objects.order_by("name", "id"),
        }


class StaffAdmin(admin.ModelAdmin):
    """What every table's page shares. The journal is the audit's: Django's own log would cross organizations."""

    list_per_page = 50
    show_full_result_count = False
    kept: Sequence[str] = []  # given when a row is added, and shown from then on

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), *(self.kept if obj else [])]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """No filter in the address reads a password's hash letter by letter."""
        return "password" not in lookup and super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        pass

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> None:  # type: ignore[override]
        pass

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        pass

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        table = self.model._meta.db_table
        return redirect(f"{reverse('admin:audit_auditevent_changelist')}?table={table}&object_id={object_id}")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What a rule of the database refuses is said in its words; nothing is written."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as refusal:
            reason = str(refusal).partition("\n")[0]
            messages.error(request, _("La base de données refuse : %(reason)s") % {"reason": reason})
            return HttpResponseRedirect(request.get_full_path())


class TenantAdmin(StaffAdmin):
    """A table whose rows belong to organizations: those of the chosen one, by both walls."""

    exclude = ["organization"]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        found = super().get_queryset(request)
        if request.organization is None:  # type: ignore[attr-defined]
            return found.none()
        return found.for_organization(request.organization)  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.organization is not None and super().has_add_permission(request)  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.organization = request.organization  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)
