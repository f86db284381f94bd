"""Which migrations this release knows: what knows others was made by a newer one.

`python -m koprogo.schema` prints them, for programs that load no Django.
"""

import json
import os
import sys
from collections.abc import Iterable

import django
from django.db.migrations.loader import MigrationLoader


def known_migrations() -> set[str]:
    """Those of this release and those that they replace: "expenses.0001_initial"."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {pair for migration in loader.disk_migrations.values() for pair in migration.replaces}
    return {f"{app}.{name}" for app, name in {*loader.disk_migrations, *replaced}}


def newest_unknown(applied: Iterable[str], known: set[str]) -> str:
    """A migration that only a newer release can have applied; empty when there is none."""
    return max(set(applied) - known, default="")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
    django.setup()
    json.dump(sorted(known_migrations()), sys.stdout)
