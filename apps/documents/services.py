"""Keeping files that people bring in."""

import hashlib
import uuid
from datetime import datetime
from typing import BinaryIO

from django.core.files.storage import default_storage

from apps.accounts.models import Organization, User
from apps.documents.models import Document

CHUNK = 1 << 16
LONGEST_NAME = 200


def keep_document(*, organization: Organization, file: BinaryIO, name: str, by: User | None, at: datetime) -> Document:
    """Store a file under a name of our own making; the given one is only shown."""
    path = default_storage.save(f"{organization.pk}/{uuid.uuid4().hex}", file)
    digest, size = hashlib.sha256(), 0
    with default_storage.open(path, "rb") as stored:
        while chunk := stored.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return Document.objects.create(
        organization=organization, name=name[-LONGEST_NAME:], path=path, sha256=digest.hexdigest(), size=size,
        uploaded_by=by, uploaded_at=at,
    )  # fmt: skip


def open_document(document: Document) -> BinaryIO:
    return default_storage.open(document.path, "rb")  # type: ignore[return-value]
