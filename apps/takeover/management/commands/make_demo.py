from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.demo import DEMO_ORGANIZATIONS, DEMO_PASSWORD, DEMO_PEOPLE, DEMO_STAFF
from apps.takeover.demo.story import make_organization, make_staff


class Command(BaseCommand):
    help = "Crée les trois organisations de démonstration là où elles manquent, et imprime les accès."

    def handle(self, *args: Any, **options: Any) -> None:
        for slug in DEMO_ORGANIZATIONS:
            make_organization(slug)
        make_staff()
        self.stdout.write(f"Accès de démonstration (mot de passe : {DEMO_PASSWORD})")
        for slug, people in DEMO_PEOPLE.items():
            for role, email, _ in people:
                self.stdout.write(f"  {email:32} {DEMO_ORGANIZATIONS[slug]}, {role.label}")
        for email, _ in DEMO_STAFF:
            self.stdout.write(f"  {email:32} équipe de KoproGo")
