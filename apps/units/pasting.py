"""A block copied from a spreadsheet, as the cells of a grid of lots and columns. Text in, places out."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from koprogo.numbers import exact


@dataclass(slots=True)
class Block:
    """`cells`: (lot, column), both by their place → what is written there."""

    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_block(text: str, lots: Sequence[str], columns: Sequence[str]) -> Block:
    """Rows of values, with or without a first row of column names and a first column of lots' numbers.

    Cells are parted by tabs, or by semicolons where there is no tab. Without lots' numbers the rows are the lots in
    their order, without names the columns are in theirs.
    """
    rows = _rows_of(text)
    block = Block()
    places = list(range(len(columns)))
    places_of_lots = {_plain(lot): place for place, lot in enumerate(lots)}
    if not rows:
        return block
    has_head = _is_head(rows[0], places_of_lots, columns)
    head = rows.pop(0) if has_head else []
    is_keyed = _names_lots(rows, head, places_of_lots, columns)
    if has_head:
        places = _places_of(head[1:] if is_keyed else head, columns, block)
    if not is_keyed and len(rows) > len(lots):
        block.faults.append(
            _("Le bloc a %(rows)s lignes pour %(lots)s lots : collez aussi les numéros de lot.")
            % {"rows": len(rows), "lots": len(lots)}
        )
        return block
    for number, row in enumerate(rows):
        if is_keyed and not any(row):
            continue
        place = places_of_lots.get(_plain(row[0])) if is_keyed else number
        if place is None:
            block.faults.append(_("Le lot « %(lot)s » n’est pas dans cet immeuble.") % {"lot": row[0]})
            continue
        _take(block, place, row[1:] if is_keyed else row, places)
    return block


def _rows_of(text: str) -> list[list[str]]:
    mark = "\t" if "\t" in text else ";"
    plain = text.replace("\r", "").strip("\n ")
    return [[cell.strip() for cell in line.split(mark)] for line in plain.split("\n")] if plain.strip() else []


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _is_head(row: list[str], lots: dict[str, int], columns: Sequence[str]) -> bool:
    """A first row that names a column, or says of none of its cells a number or a lot."""
    names = {_plain(column) for column in columns}
    if any(_plain(cell) in names for cell in row) and _plain(row[0]) not in lots:
        return True
    return all(exact(cell) is None for cell in row) and _plain(row[0]) not in lots and _plain(row[-1]) not in {"x", ""}


def _names_lots(rows: list[list[str]], head: list[str], lots: dict[str, int], columns: Sequence[str]) -> bool:
    """Whether the first column holds lots' numbers."""
    width = max(map(len, rows), default=0)
    first = [_plain(row[0]) for row in rows if any(row)]
    if width > len(columns) or (head and _plain(head[0]) not in map(_plain, columns)):
        return True
    return all(each in lots for each in first) and any(exact(each) is None for each in first)


def _places_of(head: list[str], columns: Sequence[str], block: Block) -> list[int]:
    names = [_plain(column) for column in columns]
    found = [names.index(_plain(cell)) if _plain(cell) in names else -1 for cell in head]
    if found == [-1] and len(columns) == 1:
        return [0]
    block.faults.extend(
        _("La colonne « %(name)s » n’est pas dans la grille.") % {"name": cell}
        for cell, place in zip(head, found, strict=True) if place < 0
    )  # fmt: skip
    return found


def _take(block: Block, lot: int, row: list[str], places: list[int]) -> None:
    for number, text in enumerate(row):
        if number < len(places) and places[number] >= 0:
            block.cells[lot, places[number]] = text
        elif number >= len(places) and text:
            block.faults.append(_("La ligne %(row)s a trop de colonnes.") % {"row": " ; ".join(row)})
            return
