"""Lots, keys and weights as files, for staff."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export.fields import Field
from import_export.results import RowResult

from apps.accounts.resources import Chosen, Reference, TenantResource, Typed
from apps.buildings.models import Building
from apps.units.forms import KEY_REFUSALS, UNIT_REFUSALS, KeyForm, NewUnitForm
from apps.units.models import DistributionKey, KeyWeight, Unit
from apps.units.queries import units_of
from apps.units.services import ONE, fitting
from koprogo.fields import NumberField
from koprogo.numbers import positive, whole


class OfBuildings(TenantResource):
    """Rows of buildings: until the file is written nobody else approves in them, or writes their lots and keys."""

    stored_by = "building__reference"

    building = Field("building", "building", Reference(Building, "reference"))

    def prepare(self, buildings: Iterable[str]) -> None:
        found = Building.objects.for_organization(self.organization).filter(reference__in=buildings)
        list(found.order_by("id").select_for_update(no_key=True))


class UnitResource(OfBuildings):
    names = ["building", "number"]
    kept = ["share"]
    refusals = UNIT_REFUSALS

    number = Field("number", "number", Typed(NewUnitForm.base_fields["number"]))
    kind = Field("kind", "kind", Chosen(Unit.Kind))
    floor = Field("floor", "floor", Typed(NewUnitForm.base_fields["floor"]))
    area = Field("area", "area", Typed(NewUnitForm.base_fields["area"]))
    share = Field("share", "share", Typed(NewUnitForm.base_fields["share"]))
    position = Field(
        "position", "position", Typed(NumberField(reader=whole(0), required=False)), saves_null_values=False
    )

    class Meta:
        model = Unit

    def prepare(self, buildings: Iterable[str]) -> None:
        super().prepare(buildings)
        found = Unit.objects.for_organization(self.organization).filter(building__reference__in=buildings)
        last = found.values_list("building_id").annotate(last=Max("position"))
        self.last: defaultdict[int, int] = defaultdict(int, last)

    def validate_instance(self, instance: Any, *args: Any, **kwargs: Any) -> None:
        """A new lot without a place comes last."""
        if instance.position is None and instance.building_id is not None:
            self.last[instance.building_id] += 1
            instance.position = self.last[instance.building_id]
        super().validate_instance(instance, *args, **kwargs)

    def judge(self, rows: list[RowResult]) -> Iterator[tuple[RowResult, str]]:
        by_building: defaultdict[Building, list[RowResult]] = defaultdict(list)
        for row in rows:
            by_building[row.instance.building].append(row)
        for building, written in by_building.items():
            units = list(units_of(building))
            places = Counter(unit.position for unit in units)
            over = sum(unit.share for unit in units) - building.total_shares
            for row in written:
                if places[row.instance.position] > 1:
                    yield row, _("Un autre lot de cet immeuble a déjà cette place.")
                if over > 0 and row.is_new() and row.instance.share:
                    yield row, _("Les quotités des lots dépassent de %(over)s le total de l’immeuble.") % {"over": over}


class KeyResource(OfBuildings):
    names = ["building", "code"]
    kept = ["kind"]
    refusals = KEY_REFUSALS

    code = Field("code", "code", Typed(KeyForm.base_fields["code"]))
    name = Field("name", "name", Typed(KeyForm.base_fields["name"]))
    kind = Field("kind", "kind", Chosen(DistributionKey.Kind))

    class Meta:
        model = DistributionKey


class WeightResource(OfBuildings):
    names = ["building", "key", "unit"]
    refusals: Any = {
        "weight_of_approved_parts_is_frozen": (
            "weight",
            gettext_lazy(
                "Une dépense approuvée a été répartie par cette clé : ses poids changent par une nouvelle version à "
                "partir d’une date, sur les pages du produit."
            ),
        )
    }

    key = Field("key", "key", Reference(DistributionKey, "code", within_building=True))
    unit = Field("unit", "unit", Reference(Unit, "number", within_building=True))
    weight = Field("weight", "weight", Typed(NumberField(reader=positive(3, Decimal(10**9)))))

    class Meta:
        model = KeyWeight

    def check(self, instance: KeyWeight) -> None:
        """A weight says what the key's kind says: the lot's share, or 1."""
        key, unit = instance.key, instance.unit
        if key.kind not in DistributionKey.WEIGHTED_KINDS:
            raise ValidationError({"key": _("Une clé de ce type n’a pas de poids.")})
        wanted = fitting(key, {unit.pk: instance.weight or ONE}, [unit]).get(unit.pk, 0)
        if wanted != instance.weight and key.kind != DistributionKey.Kind.WEIGHTS:
            sentence = _("Dans cette clé ce lot a pour poids %(weight)s.") % {"weight": wanted}
            raise ValidationError({"weight": sentence})
