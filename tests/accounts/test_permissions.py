"""SECURITY.md says who may do what as the program has it."""

from typing import get_args

import pytest
from django.conf import settings
from django.core.management import call_command

from apps.accounts.permissions import PERMISSIONS, Permission


def test_the_printed_table_is_the_one_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("print_permissions")
    table = capsys.readouterr().out
    assert table in (settings.BASE_DIR / "SECURITY.md").read_text(), "manage.py print_permissions, into SECURITY.md"
    assert "| approve or reject an invoice: its apportionment freezes | yes | yes | | | |" in table


def test_every_permission_is_in_words() -> None:
    assert set(get_args(Permission)) == PERMISSIONS.keys()
