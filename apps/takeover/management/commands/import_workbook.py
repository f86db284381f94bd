from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Organization
from apps.takeover import services
from apps.takeover.reading import Fault, Unreadable
from koprogo.context import COMMAND_LINE, working_as


class Command(BaseCommand):
    help = (
        "Reprend un classeur dans une organisation. Avec des fautes : rien n'est écrit, elles sont listées, statut 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.xlsx")
        parser.add_argument("--organization", required=True, metavar="SLUG")
        parser.add_argument("--check", action="store_true", help="contrôler seulement, ne rien écrire")
        parser.add_argument("--approved", action="store_true", help="approuver les factures à leur date (reprise)")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = Organization.objects.filter(slug=options["organization"]).first()
        if organization is None:
            raise CommandError(f"Aucune organisation « {options['organization']} ».")
        try:
            file: BinaryIO = options["file"].open("rb")
        except OSError as error:
            raise CommandError(f"Le fichier {options['file']} ne peut pas être lu : {error.strerror}.") from error
        with file, working_as(organization_id=organization.pk, actor=COMMAND_LINE):
            self._take(organization, file, options)

    def _take(self, organization: Organization, file: BinaryIO, options: dict[str, Any]) -> None:
        try:
            if options["check"]:
                _, faults = services.plan_file(organization, file)
                self._refuse(faults)
                self.stdout.write("Aucune faute.")
                return
            summary = services.import_file(
                organization, file, name=options["file"].name, approve=options["approved"],
                settled_by_predecessor=True, by=None,
            )  # fmt: skip
        except services.HasFaults as refusal:
            self._refuse(refusal.args[0])
        except (Unreadable, services.CannotApprove) as refusal:
            raise CommandError(str(refusal)) from refusal
        else:
            self.stdout.write(summary)

    def _refuse(self, faults: list[Fault]) -> None:
        """One line a fault on standard error; status 1."""
        if faults:
            for fault in faults:
                self.stderr.write(str(fault))
            raise SystemExit(1)
