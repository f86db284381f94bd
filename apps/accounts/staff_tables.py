"""Export and import in the admin: files leave and come in for the reason with which staff entered."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.resources import Resource
from import_export.results import Result

from apps.accounts.resources import TenantResource, counts_of, import_table, problems_of, table_to_export
from apps.audit.models import AuditEvent
from apps.audit.services import record
from koprogo.addresses import redirect
from koprogo.staff import StaffAdmin
from koprogo.tables import MEDIA_TYPES, MOST_ROWS, Table, read_table, write_table
from koprogo.xlsx import Unreadable

MOST_EXPORTED = 20_000
PROBLEMS_SHOWN = 200
# The preview carries the file back in its form, signed, so that nothing of it lies anywhere until it is confirmed.
PREVIEW_LASTS = 3600
LARGEST_PREVIEW = 900_000  # what koprogo.bodies lets a form carry, and some air


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"), choices=[("xlsx", "Excel (.xlsx)"), ("csv", "CSV")], initial="xlsx"
    )


class ImportForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Fichier (.xlsx ou .csv)"))


def reason_of_entry(request: HttpRequest) -> str:
    """Why this person entered the chosen organization as staff; "" for who did not. One statement a request."""
    if not hasattr(request, "staff_reason"):
        request.staff_reason = _read_reason(request)  # type: ignore[attr-defined]
    return request.staff_reason  # type: ignore[attr-defined]


def _read_reason(request: HttpRequest) -> str:
    organization = request.organization  # type: ignore[attr-defined]
    if organization is None:
        return ""
    entries = AuditEvent.objects.for_organization(organization).filter(
        actor_id=request.user.pk, action__in=["staff_entered", "organization_chosen"]
    )
    return entries.order_by("-id").values_list("reason", flat=True).first() or ""


class Exporting(StaffAdmin):
    """A list goes out as it is filtered and searched. `called`: what files of other tables call its rows."""

    change_list_template = "admin/change_list_with_files.html"
    called = "pk"
    resource: type[TenantResource] | None = None

    def get_urls(self) -> list[URLPattern]:
        views = {"export": self.export_view} | ({"import": self.import_view} if self.resource else {})
        mine = [
            path(f"{name}/", self.admin_site.admin_view(view), name=self._name(name)) for name, view in views.items()
        ]
        return [*mine, *super().get_urls()]

    def _name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        may = bool(reason_of_entry(request))
        query = f"?{request.GET.urlencode()}" if request.GET else ""
        links = {"export_url": reverse(f"admin:{self._name('export')}") + query if may else ""}
        if may and self.resource:
            links["import_url"] = reverse(f"admin:{self._name('import')}")
        return super().changelist_view(request, (extra_context or {}) | links)

    def _enter(self, request: HttpRequest) -> str:
        reason = reason_of_entry(request)
        if not reason or not self.has_view_permission(request):
            raise PermissionDenied
        return reason

    def _page(self, request: HttpRequest, template: str, title: str, **found: Any) -> HttpResponse:
        told = {"opts": self.opts, "title": title, "reason": reason_of_entry(request)}
        return TemplateResponse(request, template, self.admin_site.each_context(request) | told | found)

    # --- Out ---
    def export_view(self, request: HttpRequest) -> HttpResponse:
        reason = self._enter(request)
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(request.path)
        resource = self._resource_to_export(request)
        count, form = rows.count(), ExportForm(request.POST or None)
        if form.is_valid() and count <= MOST_EXPORTED:
            return self._send(request, resource, rows, form.cleaned_data["format"], reason)
        found = {"form": form, "count": count, "most": MOST_EXPORTED, "columns": list(resource.fields)}
        return self._page(request, "admin/export.html", _("Exporter"), **found)

    @transaction.atomic
    def _send(self, request: HttpRequest, resource: Resource, rows: Any, format: Any, reason: str) -> HttpResponse:
        paths = [field.attribute for field in resource.fields.values()]
        related = [way for way in map(self._way_to, paths) if way]
        data = resource.export(rows.select_related(None).select_related(*related))
        name = f"{self.opts.model_name}.{format}"
        title = capfirst(str(self.opts.verbose_name_plural))
        content = write_table(format, title, data.headers, iter(data))
        changes = {"paper": [None, name], "total": [None, len(data)]}
        self._record(request, "exported", changes, reason)
        return HttpResponse(
            content,
            content_type=MEDIA_TYPES[format],
            headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
        )

    def _way_to(self, path: str) -> str:
        """The rows to join for a value: "membership__user" for "membership__user__email"."""
        way = path.rpartition("__")[0]
        return way or (path if self.opts.get_field(path).is_relation else "")

    def _record(self, request: HttpRequest, action: str, changes: dict[str, Any], reason: str) -> None:
        organization_id = request.organization.pk  # type: ignore[attr-defined]
        record(action, organization_id=organization_id, on=self.model(), changes=changes, reason=reason)

    def _resource_to_export(self, request: HttpRequest) -> Resource:
        if self.resource is not None:
            return self.resource(request.organization)  # type: ignore[attr-defined]
        return table_to_export(self.model, dict(self._paths()))()

    def _paths(self) -> Iterator[tuple[str, str]]:
        """Columns that staff may see, and where their values are: of another row what files call it."""
        hidden = {"organization", *(self.exclude or [])}
        for field in self.opts.concrete_fields:
            if field.name in hidden or field.generated or isinstance(field, models.JSONField):
                continue
            if field.is_relation:
                there = admin.site._registry[field.related_model]  # type: ignore[index]
                yield field.name, f"{field.name}__{getattr(there, 'called', 'pk')}"
            else:
                yield field.name, field.name

    # --- In ---
    def import_view(self, request: HttpRequest) -> HttpResponse:
        self._enter(request)
        assert self.resource is not None
        form = ImportForm(request.POST or None, request.FILES or None)
        try:
            if "table" in request.POST:
                return self._write(request, self._unsign(request))
            if form.is_valid():
                file = form.cleaned_data["file"]
                return self._preview(request, read_table(file.read()), file.name)
        except Unreadable as refusal:
            messages.error(request, str(refusal))
            return redirect(f"admin:{self._name('import')}")
        except signing.BadSignature:
            messages.error(request, _("Cet aperçu n’est plus valable : envoyez le fichier à nouveau."))
            return redirect(f"admin:{self._name('import')}")
        return self._import_page(request, form=form)

    def _import_page(self, request: HttpRequest, **found: Any) -> HttpResponse:
        assert self.resource is not None
        columns = {"columns": list(self.resource.fields), "names": self.resource.names, "most": MOST_ROWS}
        return self._page(request, "admin/import.html", _("Importer"), **columns, **found)

    def _preview(self, request: HttpRequest, table: Table, name: str) -> HttpResponse:
        assert self.resource is not None
        result = import_table(self.resource(request.organization), table, dry_run=True)  # type: ignore[attr-defined]
        if problems := list(problems_of(result, table)):
            return self._import_page(request, form=ImportForm(), problems=problems[:PROBLEMS_SHOWN], file=name)
        signed = signing.dumps([name, table.headers, table.rows], salt=self._salt(request), compress=True)
        if len(signed) > LARGEST_PREVIEW:
            raise Unreadable(_("Ce fichier est trop grand : partagez-le."))
        rows = [
            (number, found.import_type, found.diff) for (number, _row), found in zip(table.rows, result, strict=True)
        ]
        shown = {"counts": counts_of(result), "rows": rows, "table": signed, "file": name}
        return self._import_page(request, **shown)

    def _salt(self, request: HttpRequest) -> str:
        """What was shown in one organization is not confirmed in another, nor by another person or in another table."""
        return f"import {self.opts.db_table} {request.organization.pk} {request.user.pk}"  # type: ignore[attr-defined]

    def _unsign(self, request: HttpRequest) -> tuple[str, Table]:
        name, headers, rows = signing.loads(request.POST["table"], salt=self._salt(request), max_age=PREVIEW_LASTS)
        return name, Table(headers, [(number, row) for number, row in rows])

    def _write(self, request: HttpRequest, given: tuple[str, Table]) -> HttpResponse:
        assert self.resource is not None
        name, table = given
        with transaction.atomic():
            result = import_table(self.resource(request.organization), table, dry_run=False)  # type: ignore[attr-defined]
            problems = list(problems_of(result, table))
            counts = counts_of(result)
            if not problems:
                self._tell(request, name, result, counts)
        if problems:
            return self._import_page(request, form=ImportForm(), problems=problems[:PROBLEMS_SHOWN], file=name)
        return redirect(f"admin:{self._name('changelist')}")

    def _tell(self, request: HttpRequest, name: str, result: Result, counts: dict[str, int]) -> None:
        sentence = _("%(new)s ajoutés, %(changed)s modifiés, %(same)s inchangés") % counts
        if counts["new"] or counts["changed"]:
            changes = {"file": [None, name], "total": [None, len(result.rows)], "summary": [None, sentence]}
            self._record(request, "imported", changes, reason_of_entry(request))
        messages.success(request, _("Import terminé : %(summary)s.") % {"summary": sentence})
