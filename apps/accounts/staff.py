"""The admin for our staff: one organization at a time, chosen in its header with a reason."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy

from apps.accounts.models import Organization
from apps.accounts.second_factor import may_enter_as_staff
from apps.accounts.staff_tables import Exporting
from koprogo.addresses import redirect


class StaffSite(admin.AdminSite):
    site_header = site_title = gettext_lazy("KoproGo – équipe")
    index_title = gettext_lazy("Toutes les tables")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter_as_staff(request)

    @method_decorator(login_not_required)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Behind the product's own sign-in, and the second factor."""
        if getattr(request.user, "is_staff", False) and not may_enter_as_staff(request):
            return redirect(f"{reverse('mfa_index')}?{urlencode({'next': reverse('admin:index')})}")
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """No address here holds a NUL, which PostgreSQL would not even look for."""
        opened = super().admin_view(view, cacheable)

        @wraps(opened)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "\0" in request.path or any("\0" in text for texts in request.GET.lists() for text in texts[1]):
                raise Http404
            return opened(request, *args, **kwargs)

        return guarded

    def logout(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        return redirect("account_change_password")

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        return super().each_context(request) | {
            "chosen": request.organization,  # type: ignore[attr-defined]
            "organizations": Organization.objects.order_by("name", "id"),
        }


class TenantAdmin(Exporting):
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
