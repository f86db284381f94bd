"""The key that signs sessions and tokens."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_secret_key(data: Path, *, may_create: bool) -> str:
    """The key kept in the data folder; with the embedded server it is made on first use.

    Raises ImproperlyConfigured when there is none and none may be made.
    """
    path = data / "secret_key"
    if may_create:
        _create(path)
    try:
        return path.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"Set SECRET_KEY to 50 random characters, or let KOPROGO_DATA hold a readable secret_key ({error})."
        ) from error


def _create(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked, so that two processes that start at once agree on one whole key.
    aside = path.with_name(f"secret_key.{os.getpid()}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50))
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
