"""XML of unknown origin as a stream of events in bounded memory."""

from collections.abc import Iterator
from typing import IO, Protocol
from xml.parsers import expat

from koprogo.xlsx.archive import corrupt, too_large

CHUNK = 2**16
MAX_TOKEN = 2**20
MAX_NAMES = 5_000
MAX_DEPTH = 100
MAX_ELEMENTS = 10_000_000

Attributes = dict[str, str]


class Handler(Protocol):
    def start(self, name: str, attributes: Attributes) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


def local(name: str) -> str:
    """The name without its prefix: some programs write `x:row`. Strict and transitional workbooks share local names."""
    return name.rpartition(":")[2] if ":" in name else name


class Limits:
    """Counts what a hostile file could make too many of."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.depth = 0
        self.elements = 0

    def start(self, name: str, attributes: Attributes) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH:
            raise corrupt()
        if self.elements > MAX_ELEMENTS:
            raise too_large()
        self.handler.start(name, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.handler.end(name)


def events(source: IO[bytes], handler: Handler) -> Iterator[None]:
    """Feed `source` to `handler`, pausing after each chunk; raises Unreadable."""
    parser = _parser(handler)
    fed = 0
    while chunk := source.read(CHUNK):
        fed += len(chunk)
        _parse(parser, chunk)
        if fed - parser.CurrentByteIndex > MAX_TOKEN or len(parser.intern) > MAX_NAMES:
            raise corrupt()
        yield
    _parse(parser, b"", final=True)
    yield


def _parser(handler: Handler) -> expat.XMLParserType:
    limits = Limits(handler)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = limits.start
    parser.EndElementHandler = limits.end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _parse(parser: expat.XMLParserType, chunk: bytes, *, final: bool = False) -> None:
    try:
        parser.Parse(chunk, final)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise corrupt() from error


def _no_doctype(*declaration: object) -> None:
    """A document type could declare entities that grow without end or name other files."""
    raise corrupt()
