"""The lots of a building and how charges go over them. A few patterns serve all buildings, so a split is made once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from random import Random

from apps.units.models import DistributionKey, Unit
from koprogo.money import allocate

PATTERNS = 4


@dataclass(frozen=True, slots=True)
class Lot:
    number: str
    kind: str
    floor: int
    area: Decimal  # m²
    share: int


@dataclass(frozen=True, slots=True)
class Key:
    code: str
    name: str
    kind: str
    weights: Sequence[Decimal]  # of the lots in their order; 0: bears nothing


@dataclass(frozen=True, slots=True)
class LotShare:
    """What a lot bears of an amount; numbers as PostgreSQL writes them."""

    lot: int  # its index
    weight: str
    amount: str


@dataclass
class Pattern:
    lots: list[Lot]
    _splits: dict[tuple[str, Decimal], list[LotShare]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(lot.share for lot in self.lots)

    @cached_property
    def keys(self) -> list[Key]:
        shares = [Decimal(lot.share) for lot in self.lots]
        lived_in = [lot.kind != Unit.Kind.GARAGE for lot in self.lots]
        upstairs = [lot.floor > 0 for lot in self.lots]
        return [
            Key("GEN", "Quotités générales", Kind.SHARES, shares),
            Key("ASC", "Ascenseur", Kind.SUBSET, _of_those(upstairs, shares)),
            Key("CHF", "Chauffage, par surface", Kind.WEIGHTS, _of_those(lived_in, [lot.area for lot in self.lots])),
            Key("EGA", "Parts égales", Kind.EQUAL, _of_those(lived_in, [Decimal(1)] * len(self.lots))),
        ]

    def split(self, code: str, amount: Decimal) -> list[LotShare]:
        """An amount (EUR) over the lots by a key, or whole to the private lot with this number."""
        if (code, amount) not in self._splits:
            weights = [(i, weight) for i, weight in enumerate(self._weights(code)) if weight]
            parts = allocate(amount, [weight for _, weight in weights])
            self._splits[code, amount] = [
                LotShare(i, f"{weight:.3f}", f"{part:.2f}") for (i, weight), part in zip(weights, parts, strict=True)
            ]
        return self._splits[code, amount]

    def _weights(self, code: str) -> Sequence[Decimal]:
        for key in self.keys:
            if key.code == code:
                return key.weights
        return [Decimal(lot.number == code) for lot in self.lots]


Kind = DistributionKey.Kind


def _of_those(bearing: list[bool], weights: list[Decimal]) -> list[Decimal]:
    return [weight if bears else Decimal(0) for bears, weight in zip(bearing, weights, strict=True)]


def patterns() -> list[Pattern]:
    return [_pattern(Random(f"lots {number}"), 1000 if number % 2 else 10_000) for number in range(PATTERNS)]


def _pattern(rng: Random, total: int) -> Pattern:
    """Two shops, 22 apartments of which 20 upstairs, six garages; shares by surface."""
    places = [("C1", Unit.Kind.SHOP, 0), ("C2", Unit.Kind.SHOP, 0)]
    places += [(f"0{door}", Unit.Kind.APARTMENT, 0) for door in "AB"]
    places += [(f"{floor}{door}", Unit.Kind.APARTMENT, floor) for floor in range(1, 6) for door in "ABCD"]
    places += [(f"G{place}", Unit.Kind.GARAGE, -1) for place in range(1, 7)]
    areas = [_area(rng, kind) for _, kind, _ in places]
    shares = [int(part * 100) for part in allocate(Decimal(total) / 100, areas)]
    return Pattern([Lot(*place, area, share) for place, area, share in zip(places, areas, shares, strict=True)])


def _area(rng: Random, kind: str) -> Decimal:
    if kind == Unit.Kind.GARAGE:
        return Decimal(16)
    return Decimal(rng.randint(5200, 12_400)) / 100
