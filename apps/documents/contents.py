"""What a file is, judged by its content and never by its name."""

import re
import warnings
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

PDF = "application/pdf"
PICTURES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
EXTENSIONS = {PDF: ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
# Some scanners put a mark or an empty line before it.
PDF_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,32}%PDF-[12]\.\d")
PDF_TAIL = re.compile(rb"startxref\s+\d+\s+%%EOF")
JPEG_END = b"\xff\xd9"
TAIL_LENGTH = 4096
# What phones make of a photograph and browsers do not show.
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")


class NotAPaper(Exception):
    """The file is neither a whole PDF nor a picture; the text says what to do."""


def media_type_of(file: BinaryIO) -> str:
    """The media type of a paper: a PDF, a PNG, a JPEG or a WebP that can be read to its end. Raises NotAPaper."""
    file.seek(0)
    head = file.read(64)
    found = PDF if PDF_HEAD.match(head) else _picture(file, head)
    if found == PDF and not PDF_TAIL.search(_tail(file)):
        raise NotAPaper(_("Ce PDF est incomplet : ouvrez-le pour voir s’il est entier, puis renvoyez-le."))
    file.seek(0)
    return found


def _tail(file: BinaryIO) -> bytes:
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL_LENGTH))
    return file.read()


def _picture(file: BinaryIO, head: bytes) -> str:
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        raise NotAPaper(_("Cette photo est au format HEIC, que les navigateurs ne montrent pas : envoyez-la en JPEG."))
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read_picture(file)
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as fault:
        raise NotAPaper(_("Ce fichier n’est ni un PDF ni une image (PNG, JPEG, WebP).")) from fault
    except (OSError, SyntaxError, ValueError) as fault:
        raise NotAPaper(_("Cette image est abîmée ou incomplète : renvoyez-la.")) from fault


def _read_picture(file: BinaryIO) -> str:
    """To its end, at little cost: a JPEG at an eighth of its size, a PNG by the sums of its pieces.

    Pillow may have been told to take halves of pictures (WeasyPrint does): so the end of a JPEG is looked for here.
    """
    picture = Image.open(file, formats=list(PICTURES))
    found = PICTURES[str(picture.format)]
    if picture.format == "JPEG":
        picture.draft("RGB", (1, 1))
        picture.load()
        if JPEG_END not in _tail(file):
            raise OSError("the picture stops before its end")
    else:
        picture.verify()
    return found
