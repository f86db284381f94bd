"""Reading a takeover workbook: cells to typed rows, and everything that is wrong with them in one pass.

Nothing here touches the database; what the file refers to but does not define is left open for the caller.
"""

from apps.takeover.reading.book import Reference
from apps.takeover.reading.faults import Fault
from apps.takeover.reading.holdings import HoldingPiece, Imbalance, Member, holdings, imbalances
from apps.takeover.reading.labels import supplier_key
from apps.takeover.reading.reader import read_workbook
from apps.takeover.reading.result import Reading
from apps.takeover.reading.rows import Takeover
from apps.takeover.reading.template import write_template
from koprogo.xlsx import Unreadable

__all__ = [
    "Fault",
    "HoldingPiece",
    "Imbalance",
    "Member",
    "Reading",
    "Reference",
    "Takeover",
    "Unreadable",
    "holdings",
    "imbalances",
    "read_workbook",
    "supplier_key",
    "write_template",
]
