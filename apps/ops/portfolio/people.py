"""Who holds the lots of a building: people alone and in couples, a usufruct, companies, and one sale."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import count
from random import Random
from typing import Any

from apps.ops.portfolio.lots import Lot
from apps.ops.portfolio.words import FIRST_NAMES, NAMES, PLACES, company_name, enterprise_number, phone, street
from apps.owners.models import HolderMember, Owner
from apps.units.models import Unit
from koprogo.search import normalise

TAKEN_OVER_ON = date(2020, 1, 1)
COMPANY_SERIALS = 9_950_000  # of enterprise numbers
COUPLES = 6

Right = HolderMember.Right
HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Party:
    """Owners who hold lots together, with their rights; what becomes an account holder."""

    members: list[tuple[Owner, str, Fraction]]


@dataclass(frozen=True, slots=True)
class Tenure:
    lot: int  # its index
    party: Party
    starts_on: date
    ends_on: date | None


class Population:
    """The owners of one office; `owners` are those of the building at hand."""

    def __init__(self, organization_id: int, ids: Any) -> None:
        self.organization_id, self.ids = organization_id, ids
        self.codes = count(1)
        self.owners: list[Owner] = []

    def settle(self, rng: Random, lots: list[Lot], address: dict[str, str]) -> list[Tenure]:
        """People for a building: who holds which lot from when to when."""
        self.rng, self.address, self.owners = rng, address, []
        apartments = [i for i, lot in enumerate(lots) if lot.kind == Unit.Kind.APARTMENT]
        rng.shuffle(apartments)
        shops = [i for i, lot in enumerate(lots) if lot.kind == Unit.Kind.SHOP]
        held = [(self._company(), shops), (self._company(), apartments[:3]), (self._alone(), apartments[3:5])]
        held += [(self._party(nth), [apartment]) for nth, apartment in enumerate(apartments[5:])]
        garages = [i for i, lot in enumerate(lots) if lot.kind == Unit.Kind.GARAGE]
        for garage, (_, its_lots) in zip(garages, rng.sample(held[1:], len(garages)), strict=True):
            its_lots.append(garage)
        sold, sold_on = len(held) - 1, date(rng.choice([2024, 2025]), rng.randint(2, 11), rng.randint(1, 28))
        tenures = [
            Tenure(lot, party, TAKEN_OVER_ON, sold_on if nth == sold else None)
            for nth, (party, its_lots) in enumerate(held)
            for lot in its_lots
        ]
        buyers = self._couple()
        return sorted(
            tenures + [Tenure(lot, buyers, sold_on, None) for lot in held[sold][1]],
            key=lambda tenure: (tenure.lot, tenure.starts_on),
        )

    def _party(self, nth: int) -> Party:
        if nth == 0:
            return self._family()
        return self._couple() if nth <= COUPLES else self._alone()

    def _alone(self) -> Party:
        return Party([(self._person(), Right.FULL, Fraction(1))])

    def _couple(self) -> Party:
        return Party([(self._person(), Right.FULL, HALF), (self._person(), Right.FULL, HALF)])

    def _family(self) -> Party:
        """A widow has the usufruct, her two children the bare ownership."""
        name = self.rng.choice(NAMES)
        children = [(self._person(name), Right.BARE, HALF) for _ in range(2)]
        return Party([(self._person(name), Right.USUFRUCT, Fraction(1)), *children])

    def _company(self) -> Party:
        postcode, city = self.rng.choice(PLACES)
        number = next(self.ids[Owner])
        owner = self._owner(
            number, kind=Owner.Kind.COMPANY, name=company_name(self.rng), street=street(self.rng), postcode=postcode,
            city=city, enterprise_number=enterprise_number(COMPANY_SERIALS + number),
        )  # fmt: skip
        return Party([(owner, Right.FULL, Fraction(1))])

    def _person(self, name: str = "") -> Owner:
        first_name, name = self.rng.choice(FIRST_NAMES), name or self.rng.choice(NAMES)
        address = self.address
        if self.rng.random() < 0.3:
            postcode, city = self.rng.choice(PLACES)
            address = {"street": street(self.rng), "postcode": postcode, "city": city}
        number = next(self.ids[Owner])
        mailbox = normalise(f"{first_name}.{name}").replace(" ", "")
        return self._owner(
            number, kind=Owner.Kind.PERSON, first_name=first_name, name=name, phone=phone(self.rng),
            email=f"{mailbox}.{number}@example.be", **address,
        )  # fmt: skip

    def _owner(self, number: int, **identity: Any) -> Owner:
        language = self.rng.choice([Owner.Language.FRENCH, Owner.Language.FRENCH, Owner.Language.DUTCH])
        owner = Owner(
            id=number,
            organization_id=self.organization_id,
            code=f"C{next(self.codes):05}",
            language=language,
            **identity,
        )
        self.owners.append(owner)
        return owner
