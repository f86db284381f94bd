"""The admin of our staff: its application, and what all its pages share."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.widgets import AutocompleteSelect
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from koprogo.addresses import redirect


class StaffConfig(AdminConfig):
    default_site = "apps.accounts.staff.StaffSite"


class ReadOnly:
    """Shown, never changed: the audit, what an approval froze."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Autocomplete(AutocompleteSelect):
    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        """A form that is shown again with what is no id: Django would look for it, and fail."""
        return super().optgroups(name, [each for each in value if str(each).isdecimal()], attr)


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

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Autocomplete(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What a rule of the database refuses is said in its words; nothing is written."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as refusal:
            reason = str(refusal).partition("\n")[0]
            messages.error(request, _("La base de données refuse : %(reason)s") % {"reason": reason})
            return HttpResponseRedirect(request.get_full_path())
