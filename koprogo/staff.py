"""The admin of our staff: its application, and what all its pages share."""

from typing import Any

from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest


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
