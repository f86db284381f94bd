"""Tables of one organization as files, for staff: out as they are, in with everything judged before it is written.

A row is found again by what people call it (a building's reference, a lot's number), never by a number of ours, and
only within the organization. Source: django-import-export's resources.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.instance_loaders import BaseInstanceLoader
from import_export.resources import Resource
from import_export.results import Error, Result, RowResult
from import_export.widgets import Widget
from tablib import Dataset

from apps.accounts.access import rule_of
from apps.accounts.models import Organization
from koprogo.search import normalise
from koprogo.tables import Table
from koprogo.xlsx import Unreadable

logger = logging.getLogger(__name__)
Row = Mapping[str, str]


# --- What stands in a cell ---
class Native(Widget):
    """Goes out as the value that it is; dates and numbers stay dates and numbers."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Any:
        return value


class Typed(Native):
    """Comes in as if it were typed in this field of a form."""

    def __init__(self, field: forms.Field) -> None:
        super().__init__()
        self.field = field

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> Any:
        try:
            return self.field.clean(value)
        except ValidationError as refusal:
            raise ValueError(" ".join(refusal.messages)) from refusal


class Chosen(Native):
    """One of these choices, by its code or by its name."""

    def __init__(self, choices: type[models.TextChoices]) -> None:
        super().__init__()
        self.choices = choices

    def clean(self, value: str, row: Any = None, **kwargs: Any) -> str:
        codes = {normalise(str(label)): code for code, label in self.choices.choices}
        codes |= {normalise(code): code for code in self.choices.values}
        if normalise(value) not in codes:
            raise ValueError(_("Écrivez l’un de ceux-ci : %(codes)s.") % {"codes": ", ".join(self.choices.values)})
        return codes[normalise(value)]


class Reference(Native):
    """Another row of the organization, by what it is called; with `within_building`, among those of the row's one."""

    def __init__(self, model: Any, called: str, *, within_building: bool = False) -> None:
        super().__init__()
        self.model, self.called, self.within_building = model, called, within_building
        self.found: dict[str, dict[str, models.Model]] = {}

    def clean(self, value: str, row: Any = None, *, organization: Any = None, **kwargs: Any) -> models.Model:
        scope = row["building"] if self.within_building else ""
        if scope not in self.found:
            rows = self.model.objects.for_organization(organization)
            if self.within_building:
                rows = rows.filter(building__reference=scope)
            self.found[scope] = {getattr(each, self.called): each for each in rows}
        try:
            return self.found[scope][value]
        except KeyError:
            raise ValueError(_("« %(value)s » n’existe pas ici.") % {"value": value}) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return getattr(value, self.called) if value is not None else ""


# --- A table that only goes out ---
def table_to_export(model: type[models.Model], paths: Mapping[str, str]) -> type[Resource]:
    """column → where its value is found, as in `key__code`"""
    fields = {name: Field(path, name, Native()) for name, path in paths.items()}
    return type(f"{model.__name__}Resource", (Resource,), fields)


# --- A table that comes in too ---
class Existing(BaseInstanceLoader):
    """The rows that the file names, read in one statement."""

    def __init__(self, resource: "TenantResource", dataset: Dataset) -> None:
        super().__init__(resource, dataset)
        self.found = {resource.name_of(each): each for each in resource.stored(dataset)}

    def get_instance(self, row: Row) -> models.Model | None:
        return self.found.get(self.resource.name_in(row))


class Comparison:
    """Before and after of each column of a row, for the preview."""

    def __init__(self, resource: "TenantResource", instance: Any, is_new: bool) -> None:
        self.before = [""] * len(resource.fields) if is_new else resource.values_of(instance)

    def compare_with(self, resource: "TenantResource", instance: Any) -> None:
        self.after = resource.values_of(instance)

    def as_html(self) -> list[tuple[str, str]]:
        return list(zip(self.before, self.after, strict=True))


class TenantResource(Resource):
    """`names` are the columns that say which row it is. What is refused is refused with the whole file."""

    names: Sequence[str]
    stored_by: str  # how the first of `names` is looked for
    kept: Sequence[str] = []  # given when a row is added, and never changed by a file
    refusals: Mapping[str, tuple[str | None, str | Promise]] = {}  # rule of the database → column and sentence

    class Meta:
        instance_loader_class = Existing
        skip_unchanged = True
        report_skipped = True
        store_instance = True
        use_transactions = True

    def __init__(self, organization: Organization) -> None:
        super().__init__()
        self.organization = organization
        self.first_rows: dict[tuple[str, ...] | None, int] = {}

    # --- What a table of its own says otherwise ---
    def check(self, instance: Any) -> None:
        """Raises ValidationError {column: sentence} for what neither fields nor database would refuse."""

    def prepare(self, buildings: Iterable[str]) -> None:
        """Before anything is read: lock what must not change meanwhile."""

    def judge(self, rows: list[RowResult]) -> Iterator[tuple[RowResult, str]]:
        """What the written rows together do wrong: (one of them, sentence)."""
        return iter(())

    # --- Finding a row again ---
    def stored(self, dataset: Dataset) -> Iterable[Any]:
        rows = self._meta.model.objects.for_organization(self.organization)
        references = [name for name, field in self.fields.items() if isinstance(field.widget, Reference)]
        wanted = set(dataset[self.names[0]])
        return rows.filter(**{f"{self.stored_by}__in": wanted}).select_related(*references)

    def name_of(self, instance: Any) -> tuple[str, ...]:
        return tuple(str(self.fields[name].export(instance)) for name in self.names)

    def name_in(self, row: Row) -> tuple[str, ...] | None:
        """None: the row names nothing, and says so when it is read."""
        widgets = [(row[name], self.fields[name].widget) for name in self.names]
        try:
            return tuple(value if isinstance(each, Reference) else str(each.clean(value)) for value, each in widgets)
        except ValueError:
            return None

    def values_of(self, instance: Any) -> list[str]:
        values = [field.export(instance) for field in self.get_import_fields()]
        return ["" if value is None else str(value) for value in values]

    # --- How the library works ---
    @classmethod
    def get_diff_class(cls) -> type[Comparison]:
        return Comparison

    def get_import_id_fields(self) -> Sequence[str]:
        return self.names

    def init_instance(self, row: Any = None) -> Any:
        return self._meta.model(organization=self.organization)

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        self.columns = set(dataset.headers)
        self.prepare(sorted(set(dataset["building"])) if "building" in self.columns else [])

    def before_import_row(self, row: Row, **kwargs: Any) -> None:
        name, number = self.name_in(row), kwargs["row_number"]
        if self.first_rows.setdefault(name, number) != number and name is not None:
            raise ValidationError(_("Le même nom se trouve déjà plus haut dans le fichier."))

    def import_instance(self, instance: Any, row: Row, **kwargs: Any) -> None:
        before = {name: self.fields[name].get_value(instance) for name in self.kept if instance.pk}
        super().import_instance(instance, row, **kwargs)
        changed = [name for name, value in before.items() if self.fields[name].get_value(instance) != value]
        if changed:
            sentence = _("Cette valeur ne change pas par un fichier : modifiez-la sur les pages du produit.")
            raise ValidationError(dict.fromkeys(changed, sentence))

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: Any = None
    ) -> None:
        """What a reference means was found within the organization, and the database judges what is unique."""
        errors: dict[str, Any] = dict(import_validation_errors or {})
        references = {each.name for each in instance._meta.fields if each.is_relation}
        try:
            instance.clean_fields(exclude=references | errors.keys())
            if not errors:
                self.check(instance)
        except ValidationError as refusal:
            errors = refusal.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)

    def do_instance_save(self, instance: Any, is_create: bool) -> None:
        written = [name for name in self.fields if name in self.columns and name not in self.names]
        try:
            with transaction.atomic():
                instance.save(**({"force_insert": True} if is_create else {"update_fields": written}))
        except IntegrityError as refusal:
            raise self._in_words(refusal) from refusal
        except DataError as refusal:
            raise ValidationError(_("Une valeur de cette ligne est trop longue ou trop grande.")) from refusal

    def after_import(self, dataset: Dataset, result: Result, **kwargs: Any) -> None:
        """Rules over several rows, and those that the database keeps for the end."""
        for row, sentence in self.judge([each for each in result.rows if each.is_new() or each.is_update()]):
            row.errors.append(Error(ValidationError(sentence)))
        try:
            with transaction.atomic():
                connection.check_constraints()
        except IntegrityError as refusal:
            result.append_base_error(Error(self._in_words(refusal)))

    def _in_words(self, refusal: IntegrityError) -> ValidationError:
        rule = rule_of(refusal)
        column, sentence = self.refusals.get(rule, (None, ""))
        told = str(sentence) or _("La base de données refuse, par sa règle « %(rule)s ».") % {"rule": rule}
        return ValidationError({column: told} if column else told)


def import_table(resource: TenantResource, table: Table, *, dry_run: bool) -> Result:
    """Write what a file holds, or try it. One refusal refuses all. Raises Unreadable for what is no such table."""
    _check_headers(resource, table.headers)
    data = Dataset(*(row for _number, row in table.rows), headers=table.headers)
    return resource.import_data(
        data, dry_run=dry_run, rollback_on_validation_errors=True, organization=resource.organization
    )


def _check_headers(resource: TenantResource, headers: list[str]) -> None:
    repeated = [header for header, count in Counter(headers).items() if count > 1]
    unknown = [header for header in headers if header not in resource.fields]
    missing = [name for name in resource.names if name not in headers]
    if repeated:
        raise Unreadable(_("Ces colonnes se répètent : %(names)s.") % {"names": ", ".join(repeated)})
    if unknown:
        raise Unreadable(_("Ces colonnes n’existent pas : %(names)s.") % {"names": ", ".join(unknown)})
    if missing:
        raise Unreadable(_("Ces colonnes manquent : %(names)s.") % {"names": ", ".join(missing)})


def problems_of(result: Result, table: Table) -> Iterator[tuple[int | None, str, str]]:
    """(row in the file, column, sentence); without a row what the file as a whole does wrong."""
    for error in result.base_errors:
        yield None, "", _sentence(error.error)
    for (number, _row), found in zip(table.rows, result.rows, strict=True):
        for error in found.errors:
            yield number, "", _sentence(error.error)
        if found.validation_error is not None:
            for column, sentences in _by_column(found.validation_error):
                yield number, column, " ".join(sentences)


def _by_column(refusal: ValidationError) -> Iterable[tuple[str, list[str]]]:
    if not hasattr(refusal, "error_dict"):
        return [("", refusal.messages)]
    return [("" if name == "__all__" else name, found) for name, found in refusal.message_dict.items()]


def _sentence(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    logger.error("a row could not be imported", exc_info=error)
    return _("Cette ligne n’a pas pu être lue.")


def counts_of(result: Result) -> dict[str, int]:
    """How many rows are new, changed, and left as they are."""
    totals = result.totals
    return {
        "new": totals[RowResult.IMPORT_TYPE_NEW],
        "changed": totals[RowResult.IMPORT_TYPE_UPDATE],
        "same": totals[RowResult.IMPORT_TYPE_SKIP],
    }
