from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email, validate_slug
from django.utils import timezone

from apps.accounts.models import Language, Organization
from apps.accounts.services import create_organization


class Command(BaseCommand):
    help = "Crée une organisation et imprime le lien d’invitation de son premier gestionnaire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="nom du cabinet")
        parser.add_argument("--slug", required=True, help="nom court, en minuscules, sans espaces")
        parser.add_argument("--manager", required=True, metavar="EMAIL")
        parser.add_argument("--language", choices=Language.values, default=Language.FRENCH)
        parser.add_argument("--url", default="http://localhost:8000", help="adresse du site, pour le lien")

    def handle(self, *args: Any, **options: Any) -> None:
        name, slug, email = options["name"].strip(), options["slug"], options["manager"].strip()
        _check(name, slug, email)
        organization, token = create_organization(
            name=name, slug=slug, manager_email=email, language=options["language"], at=timezone.now()
        )
        self.stdout.write(f"Organisation « {organization} » créée. Lien d’invitation, valable 14 jours :")
        self.stdout.write(f"{options['url'].rstrip('/')}/invitations/{token}/")


def _check(name: str, slug: str, email: str) -> None:
    if not 0 < len(name) <= 120:
        raise CommandError("Le nom compte 1 à 120 caractères.")
    if not _passes(validate_slug, slug) or len(slug) > 50:
        raise CommandError(f"--slug : « {slug} » n’est pas fait de lettres, chiffres et tirets seulement (50 au plus).")
    if not _passes(validate_email, email):
        raise CommandError(f"--manager : « {email} » n’est pas une adresse e-mail.")
    if Organization.objects.filter(slug=slug).exists():
        raise CommandError(f"L’identifiant « {slug} » est déjà pris : choisissez-en un autre.")


def _passes(validator: Any, value: str) -> bool:
    try:
        validator(value)
    except ValidationError:
        return False
    return True
