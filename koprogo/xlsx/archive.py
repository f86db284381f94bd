"""The zip archive around a workbook, checked before anything in it is unpacked."""

import struct
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

MAX_FILE = 20 * 2**20
MAX_UNPACKED = 400 * 2**20
MAX_DIRECTORY = 2**20
COMPOUND_FILE = bytes.fromhex("D0CF11E0A1B11AE1")
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


class Unreadable(Exception):
    """The file cannot be read at all; the text is one sentence for a person."""


def corrupt() -> Unreadable:
    return Unreadable(
        _("Ce classeur est abîmé : ouvrez-le dans un tableur et enregistrez-le à nouveau au format .xlsx.")
    )


def too_large() -> Unreadable:
    return Unreadable(_("Ce classeur est trop volumineux une fois décompressé : partagez-le en plusieurs fichiers."))


def encrypted() -> Unreadable:
    return Unreadable(_("Ce classeur est protégé par un mot de passe : enregistrez-le sans mot de passe."))


def no_workbook() -> Unreadable:
    return Unreadable(_("Ce fichier n'est pas un classeur Excel : enregistrez-le au format .xlsx."))


def open_archive(file: BinaryIO) -> ZipFile:
    """Open the archive of an .xlsx file; raises Unreadable.

    The sizes that the archive declares are binding: zipfile never unpacks more of a member than it declares.
    """
    _check_kind(file)
    if _directory_size(file) > MAX_DIRECTORY:
        raise too_large()
    try:
        archive = ZipFile(file)
    except (BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        raise corrupt() from error
    _check_members(archive.infolist())
    return archive


def _check_kind(file: BinaryIO) -> None:
    size = file.seek(0, 2)
    if size == 0:
        raise Unreadable(_("Ce fichier est vide."))
    if size > MAX_FILE:
        raise Unreadable(
            _("Ce fichier dépasse %(limit)s Mo : partagez-le en plusieurs fichiers.") % {"limit": MAX_FILE // 2**20}
        )
    file.seek(0)
    start = file.read(8)
    if start == COMPOUND_FILE:
        raise _compound_file(file)
    if not start.startswith(b"PK"):
        raise no_workbook()


def _compound_file(file: BinaryIO) -> Unreadable:
    """An .xls of before 2007, or an .xlsx with a password: both are OLE compound files."""
    if ENCRYPTED_PACKAGE in file.read():
        return encrypted()
    return Unreadable(_("Ce fichier est à l'ancien format Excel (.xls) : enregistrez-le au format .xlsx."))


def _directory_size(file: BinaryIO) -> int:
    """The size of the archive's directory, which zipfile reads whole into memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 66_000))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06", 0, max(0, len(tail) - 18))
    if end < 0:
        raise corrupt()
    if end >= 76 and tail[end - 20 : end - 16] == b"PK\x06\x07":
        return int.from_bytes(tail[end - 36 : end - 28], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little")


def _check_members(members: list[ZipInfo]) -> None:
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise too_large()
    if any(member.flag_bits & 1 for member in members):
        raise encrypted()
    if any(member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members):
        raise corrupt()
    names = {member.filename for member in members}
    if len(names) != len(members):
        raise corrupt()
    if "[Content_Types].xml" not in names or "xl/workbook.bin" in names:
        raise no_workbook()
