"""The archive of a backup: what is written, read back and checked, encrypted or not.

A tar in one stream, so that neither side needs room or memory for a second copy:

    database/00001 …   pg_dump's plain SQL, gzip, in pieces
    files/…            stored documents
    secret_key         when it lies in the data folder
    seal.key           likewise: a restored place could not verify its audit without it
    seals.log          the audit's seals, as far as the database of the archive knows them
    manifest.json      what is in it; size and SHA-256 of each member above

and behind the tar one line, the SHA-256 of all before it: no byte can change unseen. An encrypted archive is this
stream in the format of age (age-encryption.org/v1), for one or more public keys.
"""

import errno
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from koprogo.seals import KEY_FILE, LOG_FILE

FORMAT = 1  # a reader refuses a higher one
MANIFEST = "manifest.json"
SECRET_KEY = "secret_key"  # noqa: S105 (a file's name)
DATABASE, FILES = "database/", "files/"
PIECE = 4 << 20
SUM_LENGTH = 65  # hexadecimal SHA-256 and the end of the line
MAGIC_OF_AGE = b"age-encryption.org/v1"


class ArchiveError(Exception):
    """No backup or no restore from this; the message is for whoever asked for it."""


@dataclass
class Manifest:
    version: str
    made_at: str  # ISO 8601, UTC
    postgresql: int  # the server's version number, 180004
    migrations: list[str]  # "expenses.0001_initial"
    rows: dict[str, int]  # by table
    format: int = FORMAT
    members: dict[str, dict[str, int | str]] = field(default_factory=dict)


class Summed(io.RawIOBase):
    """A stream to write to that sums up what passes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.digest.update(data)
        self.stream.write(data)
        return len(data)


class Checked(io.RawIOBase):
    """A stream to read from that ends before the line with the sum, and knows whether the sum is right."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.digest, self.held = stream, hashlib.sha256(), b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self.held + self.stream.read(PIECE if size < 0 else size)
        data, self.held = data[:-SUM_LENGTH], data[-SUM_LENGTH:]
        self.digest.update(data)
        return data

    def is_whole(self) -> bool:
        while self.read(PIECE):
            pass
        return self.held == f"{self.digest.hexdigest()}\n".encode()


class Writer:
    """Adds members to an archive and keeps their sums for the manifest."""

    def __init__(self, tar: tarfile.TarFile, made_at: float) -> None:
        self.tar, self.made_at = tar, int(made_at)
        self.members: dict[str, dict[str, int | str]] = {}

    def add(self, name: str, data: bytes) -> None:
        self.add_stream(name, io.BytesIO(data), len(data))

    def add_stream(self, name: str, stream: IO[bytes], size: int) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, self.made_at, 0o600
        read = _Digested(stream)
        self.tar.addfile(info, read)  # type: ignore[arg-type]
        self.members[name] = {"size": size, "sha256": read.digest.hexdigest()}

    def finish(self, manifest: Manifest) -> None:
        manifest.members = dict(self.members)
        self.add(MANIFEST, json.dumps(asdict(manifest), indent=1).encode())


class _Digested:
    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self.digest.update(data)
        return data


@contextmanager
def writing(path: Path, made_at: float, public_keys: list[str]) -> Iterator[Writer]:
    """A new archive at `path`, whole or not at all. Raises ArchiveError."""
    if path.exists():
        raise ArchiveError(f"{path} exists already: name another file.")
    aside = path.with_name(f"{path.name}.unfinished")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with _encrypted(file, public_keys) if public_keys else nullcontext(file) as target:
                summed = Summed(target)
                with tarfile.open(fileobj=summed, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                    yield Writer(tar, made_at)
                target.write(f"{summed.digest.hexdigest()}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise ArchiveError(f"{path} finds no room on its disk: make room, or name another place by --to.") from None
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def _encrypted(file: IO[bytes], public_keys: list[str]) -> Iterator[IO[bytes]]:
    recipients = [argument for key in public_keys for argument in ("-r", key)]
    with tempfile.TemporaryFile() as said, _age(*recipients, stdin=subprocess.PIPE, stdout=file, stderr=said) as age:
        assert age.stdin is not None
        try:
            yield age.stdin
            age.stdin.close()
        except BrokenPipeError:
            with suppress(BrokenPipeError):
                age.stdin.close()
        except BaseException:
            age.kill()
            raise
        if age.wait():
            raise ArchiveError(f"The archive cannot be encrypted: {_reason(said)}")


@contextmanager
def reading(path: Path, key: Path | None) -> Iterator[Iterator[tuple[str, IO[bytes]]]]:
    """The members of an archive in turn, by name. Raises ArchiveError, at the end, when a byte is not as written."""
    with path.open("rb", buffering=0) as file:  # age goes on where we have read to
        with _decrypted(file, path, key) as source:
            checked = Checked(source)
            with suppress(tarfile.TarError):  # the sum tells
                yield _members(checked)
            is_whole = checked.is_whole()
        if not is_whole:
            raise ArchiveError(f"{path} is damaged, cut off or no backup of KoproGo: its checksum is not right.")


def _members(stream: Checked) -> Iterator[tuple[str, IO[bytes]]]:
    # What is damaged ends early here; its sum is not right then.
    with suppress(tarfile.TarError, ValueError), tarfile.open(fileobj=stream, mode="r|") as tar:
        for info in tar:
            content = tar.extractfile(info)
            if content is not None and _is_ours(info.name):
                yield info.name, content


def _is_ours(name: str) -> bool:
    """A member may not lead out of the folder that it is unpacked into."""
    return not {"", ".", ".."} & set(name.split("/")) and (
        name in {MANIFEST, SECRET_KEY, KEY_FILE, LOG_FILE} or name.startswith((DATABASE, FILES))
    )


@contextmanager
def _decrypted(file: IO[bytes], path: Path, key: Path | None) -> Iterator[IO[bytes]]:
    is_encrypted = file.read(len(MAGIC_OF_AGE)) == MAGIC_OF_AGE
    file.seek(0)
    if not is_encrypted:
        yield file
        return
    if key is None:
        raise ArchiveError(f"{path} is encrypted: give the file of the private key, --key FILE.")
    with (
        tempfile.TemporaryFile() as said,
        _age("-d", "-i", key, stdin=file, stdout=subprocess.PIPE, stderr=said) as age,
    ):
        assert age.stdout is not None
        try:
            yield age.stdout
        except BaseException:
            age.kill()
            raise
        if age.wait():
            raise ArchiveError(f"{path} cannot be decrypted with {key}: {_reason(said)}")


def make_key(path: Path) -> str:
    """Make a private key; gives what to say. Raises ArchiveError."""
    with tempfile.TemporaryFile() as said, _age("-o", path, program="age-keygen", stderr=said) as keygen:
        if keygen.wait():
            raise ArchiveError(f"The key cannot be made: {_reason(said)}")
        return (
            f"{path} is the private key: keep it apart from the backups, which nobody reads without it. {_reason(said)}"
        )


def _age(*arguments: object, program: str = "age", **streams: Any) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen([program, *map(str, arguments)], **streams)
    except FileNotFoundError:
        raise ArchiveError("The program age, which encrypts, is missing: apt-get install age") from None


def _reason(said: IO[bytes]) -> str:
    said.seek(0)
    first, *_ = [*said.read().decode(errors="replace").splitlines(), "age says nothing."]
    return re.sub("^age(-keygen)?: (error: )?", "", first)
