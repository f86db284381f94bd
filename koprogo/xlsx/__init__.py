"""Excel workbooks: a foreign one opened safely, our own written well.

Reading never trusts the file: every part has a largest size, XML is parsed as a stream without entities, a row never
grows without bound, and whatever goes wrong becomes `Unreadable` with one sentence for a person. Formulas are never
calculated.
"""

from koprogo.xlsx.archive import Unreadable
from koprogo.xlsx.cells import Cell, Unusable, letter
from koprogo.xlsx.package import Workbook, open_workbook
from koprogo.xlsx.writing import Column, Sheet, write_sheets

__all__ = [
    "Cell",
    "Column",
    "Sheet",
    "Unreadable",
    "Unusable",
    "Workbook",
    "letter",
    "open_workbook",
    "write_sheets",
]
