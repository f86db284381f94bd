"""What each start does once under the owner's role: `python -m koprogo.serve_prepare`.

Only what has changed is done again: a second start takes seconds. Standard output is for the demonstration's
sign-ins alone.
"""

import errno
import fcntl
import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from koprogo.catalogs import compile_catalogs
from koprogo.schema import known_migrations, newest_unknown

FULL = {errno.ENOSPC, errno.EDQUOT}


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "koprogo.settings")
    try:
        compile_catalogs()
        django.setup()
        prepare()
    except (ImproperlyConfigured, CommandError, OperationalError) as error:
        print(f"KoproGo: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except OSError as error:
        if error.errno not in FULL:
            raise
        print(f"KoproGo: {error.filename or settings.DATA_DIR}: {error.strerror}.", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def prepare() -> None:
    """Migrate, collect static files, make the demonstration data. One start at a time on a data folder."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refuse_newer_schema()
        call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
        collect_static_files()
        if settings.IS_EMBEDDED and settings.KOPROGO_DEMO:
            call_command("make_demo")


def refuse_newer_schema() -> None:
    applied = MigrationRecorder(connection).applied_migrations()
    if unknown := newest_unknown((f"{app}.{name}" for app, name in applied), known_migrations()):
        raise CommandError(
            f"The database is that of a newer KoproGo, which knows {unknown}: start that one, or update this one. "
            "Nothing was changed."
        )


def collect_static_files() -> None:
    """Hashing and compressing all of them takes seconds, so it is left out while no file has changed."""
    stamp = settings.DATA_DIR / "static.stamp"
    digest = _digest_of_static_files()
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if manifest.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0, stdout=sys.stderr)
    stamp.write_text(digest)


def _digest_of_static_files() -> str:
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
