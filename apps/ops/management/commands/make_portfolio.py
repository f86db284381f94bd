from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.accounts.demo import DEMO_PASSWORD
from apps.ops.portfolio.checks import RulesBroken
from apps.ops.portfolio.making import TABLES, AlreadyInUse, make_portfolio
from apps.ops.portfolio.offices import manager_email
from apps.ops.portfolio.size import Size
from koprogo.postgres import OWNER_ROLE


class Command(BaseCommand):
    help = "Écrit un portefeuille d’essai dans une base sans organisations, et imprime comment y entrer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--buildings", type=int, default=1500, metavar="N", help="nombre d’immeubles (1500)")
        parser.add_argument("--password", default=DEMO_PASSWORD, help="mot de passe de tous les accès")

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.settings_dict["USER"] != OWNER_ROLE:
            raise CommandError("Cette commande travaille sous le rôle propriétaire : KOPROGO_DATABASE_ROLE=owner.")
        migrations = MigrationExecutor(connection)
        if migrations.migration_plan(migrations.loader.graph.leaf_nodes()):
            raise CommandError("La base n’a pas encore toutes ses tables : lancez d’abord « manage.py migrate ».")
        if options["buildings"] < 1:
            raise CommandError("--buildings : un immeuble au moins.")
        try:
            make_portfolio(Size(options["buildings"]), password=options["password"], progress=self.stdout.write)
        except AlreadyInUse as refusal:
            raise CommandError(
                "La base a déjà des organisations : un portefeuille se fait dans une base neuve."
            ) from refusal
        except RulesBroken as broken:
            raise CommandError(f"Rien n’est écrit, ces règles ne tiennent pas : {broken.args[0]}") from broken
        for table in TABLES:
            self.stdout.write(f"  {_count(table):>10,} {table}".replace(",", "\u202f"))
        self.stdout.write(f"Accès : {manager_email(1)}, mot de passe {options['password']}")


def _count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])
