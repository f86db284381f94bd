"""How large a portfolio is, and which office has which of its buildings."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The first office is the large one. `detailed` buildings have `invoices` a year, others `invoices_beyond`."""

    buildings: int
    first_office: int = 300
    other_offices: int = 50
    detailed: int = 1500
    invoices: int = 60
    invoices_beyond: int = 6

    def offices(self) -> Iterator[range]:
        """For each office the numbers of its buildings, which count through the whole portfolio from 1."""
        start, wanted = 1, self.first_office
        while start <= self.buildings:
            end = min(start + wanted, self.buildings + 1)
            yield range(start, end)
            start, wanted = end, self.other_offices

    def invoices_a_year(self, number: int) -> int:
        return self.invoices if number <= self.detailed else self.invoices_beyond
