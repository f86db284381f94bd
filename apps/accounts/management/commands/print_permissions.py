from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.permissions import printed


class Command(BaseCommand):
    help = "Écrit qui peut faire quoi, tel que le programme l’applique, pour SECURITY.md."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(printed(), ending="")
