from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Organization
from apps.audit.services import record
from apps.buildings.models import Building
from apps.expenses.charges import load_charges
from apps.expenses.exports import write_charges_xlsx
from koprogo.context import COMMAND_LINE, working_as


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"« {text} » n'est pas un jour : écrivez 2025-12-31") from error


class Command(BaseCommand):
    help = "Écrit les charges approuvées d'un immeuble, du premier au dernier jour, dans un classeur Excel."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.xlsx")
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--building", required=True, metavar="REF")
        parser.add_argument("--from", required=True, dest="first", type=day, metavar="2025-01-01")
        parser.add_argument("--to", required=True, dest="last", type=day, metavar="2025-12-31")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"Aucune organisation « {options['organization']} ».")
        if options["last"] < options["first"]:
            raise CommandError("Le dernier jour précède le premier.")
        with working_as(organization_id=organization.pk, actor=COMMAND_LINE):
            self._export(organization, **{name: options[name] for name in ("building", "first", "last", "file")})

    def _export(self, organization: Organization, *, building: str, first: date, last: date, file: Path) -> None:
        found = Building.objects.for_organization(organization).filter(reference=building).first()
        if found is None:
            raise CommandError(f"Aucun immeuble « {building} » dans cette organisation.")
        charges = load_charges(found, first, last)
        try:
            with file.open("wb") as target:
                write_charges_xlsx(charges, target)
        except OSError as error:
            raise CommandError(f"Le fichier {file} ne peut pas être écrit : {error.strerror}.") from error
        record("exported", organization_id=organization.pk, on=found, changes={"paper": [None, file.name]})
        self.stdout.write(f"{file} : {len(charges.expenses)} dépenses, {charges.total} €")
