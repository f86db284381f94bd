"""manage.py import_workbook."""

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import Membership
from apps.audit.models import AuditEvent
from apps.buildings.models import Building
from apps.expenses.models import Approval
from tests.takeover.files import FAULTY_FILE, REFERENCE_FILES

TILLEULS = str(REFERENCE_FILES / "les-tilleuls.xlsx")


def test_it_imports_and_approves(office: Membership, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_workbook", TILLEULS, organization=office.organization.slug, approved=True)
    assert "9 factures approuvées" in capsys.readouterr().out
    assert set(Approval.objects.values_list("approved_by", "at_takeover")) == {(None, True)}
    assert AuditEvent.objects.get(action="imported").actor == "command line"


def test_check_writes_nothing(office: Membership, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_workbook", TILLEULS, organization=office.organization.slug, check=True)
    assert capsys.readouterr().out == "Aucune faute.\n"
    assert not Building.objects.exists()


@pytest.mark.parametrize("check", [True, False])
def test_faults_go_to_standard_error_with_status_1(
    office: Membership, capsys: pytest.CaptureFixture[str], check: bool
) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("import_workbook", str(FAULTY_FILE), organization=office.organization.slug, check=check)
    assert end.value.code == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 16
    assert any(line.startswith("Lots!F10 «-3»: ") for line in lines)
    assert not Building.objects.exists()


def test_what_cannot_be_read_or_found_is_said_in_one_sentence(office: Membership) -> None:
    with pytest.raises(CommandError, match="Aucune organisation « nobody »"):
        call_command("import_workbook", TILLEULS, organization="nobody")
    with pytest.raises(CommandError, match="ne peut pas être lu"):
        call_command("import_workbook", "/nowhere.xlsx", organization=office.organization.slug)
