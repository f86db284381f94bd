from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email, validate_slug
from django.utils import timezone

from apps.accounts.models import Language, Organization
from apps.accounts.services import create_organization


class Command(BaseCommand):
    help = "Crée une organisation et imprime le lien d'invitation de son premier gestionnaire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--slug", required=True, help="nom court, en minuscules, sans espaces")
        parser.add_argument("--manager", required=True, metavar="EMAIL")
        parser.add_argument("--language", choices=Language.values, default=Language.FRENCH)
        parser.add_argument("--url", default="http://localhost:8000", help="adresse du site, pour le lien")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_slug(options["slug"])
            validate_email(options["manager"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if Organization.objects.filter(slug=options["slug"]).exists():
            raise CommandError(f"L'identifiant « {options['slug']} » est déjà pris : choisissez-en un autre.")
        organization, token = create_organization(
            name=options["name"], slug=options["slug"], manager_email=options["manager"],
            language=options["language"], at=timezone.now(),
        )  # fmt: skip
        self.stdout.write(f"Organisation « {organization} » créée. Lien d'invitation, valable 14 jours :")
        self.stdout.write(f"{options['url'].rstrip('/')}/invitations/{token}/")
