from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from apps.audit.models import AuditEvent, AuditSeal, PersonalValue
from koprogo import context
from koprogo.staff import ReadOnly, StaffAdmin


class AuditAdmin(ReadOnly, StaffAdmin):
    """Of the chosen organization; while none is chosen, what belongs to none (sign-ins, failed tries, people)."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._look(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._look(request)
        return super().changeform_view(request, *args, **kwargs)

    def _look(self, request: HttpRequest) -> None:
        if request.organization is None:  # type: ignore[attr-defined]
            context.enter(context.current()._replace(organization=str(context.NO_ORGANIZATION)))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        chosen = request.organization  # type: ignore[attr-defined]
        return super().get_queryset(request).filter(organization_id=chosen.pk if chosen else context.NO_ORGANIZATION)


@admin.register(AuditEvent)
class AuditEventAdmin(AuditAdmin):
    list_display = ["at", "actor_id", "actor", "ip", "action", "table", "object_id", "reason"]
    list_filter = ["action", "table", "at"]
    date_hierarchy = "at"
    search_fields = ["=object_id", "=actor_id", "action", "reason"]
    ordering = ["-id"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        last = AuditSeal.objects.order_by("-number").only("last_event", "sealed_at").first()
        return super().changelist_view(request, {"subtitle": sealed_until(last)} | (extra_context or {}))


def sealed_until(last: AuditSeal | None) -> str:
    if last is None:
        return _("Rien n’est scellé encore.")
    at = formats.date_format(timezone.localtime(last.sealed_at), "SHORT_DATETIME_FORMAT")
    return _("Scellé jusqu’à l’événement %(event)s, le %(at)s.") % {"event": last.last_event, "at": at}


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnly, StaffAdmin):
    """Of all organizations together: a seal says how many events it covers, and nothing of what they say."""

    list_display = ["number", "sealed_at", "series", "first_event", "last_event", "events", "key"]
    date_hierarchy = "sealed_at"
    ordering = ["-number"]


@admin.register(PersonalValue)
class PersonalValueAdmin(AuditAdmin):
    list_display = ["table", "object_id", "field", "value"]
    list_filter = ["table", "field"]
    search_fields = ["=object_id"]
    ordering = ["-id"]
