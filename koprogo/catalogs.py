"""Translation catalogs, compiled by Babel: GNU gettext need not be installed. `python -m koprogo.catalogs`"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = Path(__file__).resolve().parent / "locale"


def compile_catalogs(folder: Path = LOCALE) -> None:
    """Compile each translation catalog that is newer than what was compiled from it."""
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        aside = compiled.with_suffix(f".{os.getpid()}")
        with source.open("rb") as catalog, aside.open("wb") as result:
            write_mo(result, read_po(catalog, locale=source.parts[-3]))
        aside.replace(compiled)


def extract_from_django(file: IO[bytes], *_: object, **_options: object) -> Iterator[tuple[int, str, str, list[str]]]:
    """The texts of a Django template, for Babel, which reads only Python and Jinja2 by itself (pyproject.toml)."""
    for number, line in enumerate(file.read().decode().splitlines(), 1):
        for text in re.findall(r'{% translate "([^"]+)" %}', line):
            yield number, "gettext", text, []


if __name__ == "__main__":
    compile_catalogs()
