"""What a file is, by its content."""

from io import BytesIO

import pytest
from PIL import Image

from apps.documents.contents import NotAPaper, media_type_of
from apps.documents.services import paper_name
from tests.papers import PDF, picture


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (b"\xef\xbb\xbf\n" + PDF, "application/pdf"),
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("WEBP"), "image/webp"),
    ],
)
def test_papers_are_known_by_their_content(content: bytes, media_type: str) -> None:
    assert media_type_of(BytesIO(content)) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"", b"MZ\x90\x00", b"<html><script>alert(1)</script>", b"PK\x03\x04", b"GIF89a", b"%!PS-Adobe",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>%PDF-1.4 startxref 1 %%EOF",
        b"\x00\x00\x00\x18ftypheic", PDF[:-20], picture("PNG")[:-30], picture("JPEG", (800, 600))[:-2000],
        picture("GIF"), picture("TIFF"), b"\x89PNG\r\n\x1a\n" + b"\x00" * 50,
    ],
)  # fmt: skip
def test_what_is_no_whole_paper_is_refused(content: bytes) -> None:
    with pytest.raises(NotAPaper):
        media_type_of(BytesIO(content))


def test_a_picture_of_too_many_dots_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(NotAPaper):
        media_type_of(BytesIO(picture("PNG")))


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("facture.pdf", "facture.pdf"), ("Facture n° 12 – été.PDF", "Facture n° 12 – été.pdf"),
        ("../../etc/passwd", "passwd.pdf"), ("C:\\Users\\x\\a.pdf", "a.pdf"), ("a.pdf.exe", "a.pdf.exe.pdf"),
        ('a"\r\nSet-Cookie: x.pdf', "aSet-Cookie x.pdf"), ("", "document.pdf"), ("...", "document.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"), ("a\u202efdp.exe", "afdp.exe.pdf"),
        ("85.07.30-033.28.pdf", "document.pdf"), ("Martin 85073003328.pdf", "document.pdf"),
    ],
)  # fmt: skip
def test_a_name_leaves_without_path_controls_or_a_false_extension(given: str, shown: str) -> None:
    assert paper_name(given, "application/pdf") == shown
