from time import monotonic

import pytest

from apps.units.pasting import read_block

LOTS = ["A0", "A1", "12"]
KEYS = ["ASC", "CHAUF"]


def cells(text: str, columns: list[str] = KEYS) -> dict[tuple[int, int], str]:
    block = read_block(text, LOTS, columns)
    assert block.faults == []
    return block.cells


@pytest.mark.parametrize(
    "text",
    [
        "100\n200\n300",
        "100\r\n200\r\n300\r\n",
        "A0;100\n12;300\n\nA1;200",
        "Lot\tQuotités\na0\t100\nA1\t200\n12\t300",
        "A0\t100\nA1\t200\n12\t300",
        "Quotités\n100\n200\n300",
    ],
)
def test_one_column_with_or_without_lots_and_a_head(text: str) -> None:
    assert cells(text, ["Quotités"]) == {(0, 0): "100", (1, 0): "200", (2, 0): "300"}


@pytest.mark.parametrize(
    "text",
    [
        "1\t2,5\n3\t\n5\tx",
        "lot\tasc\tchauf\nA0\t1\t2,5\nA1\t3\t\n12\t5\tx",
        "Lot\tCHAUF\tASC\n12\tx\t5\nA0\t2,5\t1\nA1\t\t3",
        "ASC\tCHAUF\n1\t2,5\n3\t\n5\tx",
        "A0\t1\t2,5\nA1\t3\t\n12\t5\tx",
    ],
)
def test_a_whole_block(text: str) -> None:
    assert cells(text) == {(0, 0): "1", (0, 1): "2,5", (1, 0): "3", (1, 1): "", (2, 0): "5", (2, 1): "x"}


def test_an_empty_row_in_the_middle_is_an_empty_cell() -> None:
    assert cells("100\n\n300\n\n", ["Quotités"]) == {(0, 0): "100", (1, 0): "", (2, 0): "300"}


def test_lots_with_numbers_only_are_read_where_the_block_is_wide_enough() -> None:
    assert cells("12\t7\t8") == {(2, 0): "7", (2, 1): "8"}
    assert cells("12\t7") == {(0, 0): "12", (0, 1): "7"}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Z9\t1\t2", "Le lot « Z9 » n’est pas dans cet immeuble."),
        ("Lot\tASC\tGAZ\nA0\t1\t2", "La colonne « GAZ » n’est pas dans la grille."),
        ("1\n2\n3\n4", "Le bloc a 4 lignes pour 3 lots : collez aussi les numéros de lot."),
        ("A0\t1\t2\t3", "La ligne 1 ; 2 ; 3 a trop de colonnes."),
    ],
)
def test_what_does_not_fit_is_told(text: str, fault: str) -> None:
    assert read_block(text, LOTS, KEYS).faults == [fault]


def test_a_very_long_block_is_read_in_no_time() -> None:
    started = monotonic()
    assert read_block("a\n" * 100_000, ["L1"], ["A"]).faults
    assert monotonic() - started < 2
