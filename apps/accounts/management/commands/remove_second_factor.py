from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts.models import User
from apps.accounts.second_factor import remove_all
from koprogo import context
from koprogo.context import NO_ORGANIZATION


class Command(BaseCommand):
    help = "Retire le second facteur de qui a perdu téléphone, clé et codes de secours, et ferme ses sessions."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="adresse de la personne")
        parser.add_argument("--reason", required=True, help="comment son identité a été vérifiée : va au journal")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"].strip()).first()
        if user is None:
            raise CommandError(f"Personne n’a l’adresse « {options['email']} ».")
        with context.working_as(organization_id=NO_ORGANIZATION, actor="command line"):
            count = remove_all(user=user, reason=options["reason"])
        self.stdout.write(f"{count} second(s) facteur(s) retiré(s) ; ses sessions sont fermées.")
