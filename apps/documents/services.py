"""Keeping files that people bring in."""

import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import BinaryIO

from django.core.files.storage import default_storage
from django.db import models, transaction

from apps.accounts.models import Organization, User
from apps.documents.contents import EXTENSIONS, media_type_of
from apps.documents.models import Document
from koprogo.national import has_national_number

CHUNK = 1 << 16
LONGEST_NAME = 200
PENDING_FOR = timedelta(days=2)


def keep_document(
    *, organization: Organization, file: BinaryIO, name: str, by: User | None, at: datetime, media_type: str = "",
    is_pending: bool = False,
) -> Document:  # fmt: skip
    """Store a file under a name of our own making; the given one is only shown."""
    path = default_storage.save(f"{organization.pk}/{uuid.uuid4().hex}", file)
    try:
        digest, size = hashlib.sha256(), 0
        with default_storage.open(path, "rb") as stored:
            while chunk := stored.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
        with transaction.atomic():
            return Document.objects.create(
                organization=organization, name=name[-LONGEST_NAME:], path=path, sha256=digest.hexdigest(), size=size,
                media_type=media_type, is_pending=is_pending, uploaded_by=by, uploaded_at=at,
            )  # fmt: skip
    except BaseException:
        default_storage.delete(path)
        raise


def keep_paper(*, organization: Organization, file: BinaryIO, name: str, by: User, at: datetime) -> Document:
    """Keep a PDF or picture until the form that it came with is saved; what this person left behind goes.

    Raises NotAPaper.
    """
    media_type = media_type_of(file)
    remove_documents(pending_papers(organization, by).filter(uploaded_at__lt=at - PENDING_FOR))
    return keep_document(
        organization=organization, file=file, name=paper_name(name, media_type), by=by, at=at, media_type=media_type,
        is_pending=True,
    )  # fmt: skip


def pending_papers(organization: Organization, by: User) -> models.QuerySet[Document]:
    return Document.objects.for_organization(organization).filter(is_pending=True, uploaded_by=by)


def remove_documents(documents: Iterable[Document]) -> None:
    """Rows at once, files when that is certain."""
    for document in documents:
        path = document.path
        document.delete()
        transaction.on_commit(lambda path=path: default_storage.delete(path))  # type: ignore[misc]


def paper_name(name: str, media_type: str) -> str:
    """What a file is called when it leaves again: its own name without path or control characters, a true extension.

    A name that holds a national register number is not kept.
    """
    last = PurePosixPath(name.replace("\\", "/")).name
    visible = "".join(character for character in last if character.isprintable() and character not in '"<>|:*?')
    stem = visible.rpartition(".")[0] if visible.lower().endswith((".jpeg", *EXTENSIONS.values())) else visible
    if has_national_number(stem, bare=True):
        stem = ""
    extension = EXTENSIONS[media_type]
    return (stem.strip(" .")[-(LONGEST_NAME - len(extension)) :] or "document") + extension


def open_document(document: Document) -> BinaryIO:
    return default_storage.open(document.path, "rb")  # type: ignore[return-value]
