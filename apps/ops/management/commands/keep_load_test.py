from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.ops.services import WrongFiles, keep_load_tests
from koprogo.context import COMMAND_LINE, NO_ORGANIZATION, working_as


class Command(BaseCommand):
    help = "Garde des tests de charge pour le rapport de performance : les fichiers JSON qu’écrit deploy/loadtest."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", type=Path, nargs="+", metavar="FILE.json")

    def handle(self, *args: Any, **options: Any) -> None:
        files = [(path.name, _content(path)) for path in options["files"]]
        try:
            with working_as(organization_id=NO_ORGANIZATION, actor=COMMAND_LINE):
                kept = keep_load_tests(files=files, by=None, at=timezone.now())
        except WrongFiles as refusal:
            raise CommandError("\n".join([*refusal.sentences, "Rien n’a été gardé."])) from refusal
        for name in kept.known:
            self.stdout.write(f"{name} : ce test est déjà gardé.")
        self.stdout.write(f"Tests gardés : {len(kept.tests)}.")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"Le fichier {path} ne peut pas être lu : {error.strerror}.") from error
