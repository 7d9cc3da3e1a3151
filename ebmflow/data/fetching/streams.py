"""One family out of a release file that is too large to keep.

The file is read as it arrives, and only what is wanted is written. A copy of the release file in
the mirror serves as well.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ebmflow.data.fetching.checks import GZIP, fault_of_start, open_bytes
from ebmflow.data.fetching.transport import Failure, PassingFailure, Reply, shown

if TYPE_CHECKING:
    from ebmflow.data.fetching.fetcher import Fetcher

_BLOCK = 1 << 20


@dataclass(frozen=True)
class StockholmFamily:
    """The alignment of one accession in a file of many Stockholm alignments.

    Attributes
    ----------
    url : str
        Address of, for example, ``Pfam-A.full.gz``; its file name is looked up in the mirror.
    accession : str
        Accession without version.
    """

    url: str
    accession: str

    @property
    def address(self) -> str:
        return f"{shown(self.url)}, family {self.accession}"

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        """Write the family's block to `part`, gzip-compressed."""
        wanted = f"#=GF AC   {self.accession}.".encode()
        _filter(self.url, fetcher, part, limit, lambda blocks: stockholm_block(blocks, wanted))
        if is_empty_gzip(part):
            part.unlink()
            raise Failure(f"has no alignment with accession {self.accession}")


@dataclass(frozen=True)
class FastaFamily:
    """The records of one family in a FASTA file with headers ``ACC|GH30_8|...``.

    Attributes
    ----------
    url : str
        Address of, for example, ``CAZyDB.07142024.fa``.
    family : str
        Family name; its subfamilies ``<family>_<n>`` are kept too.
    """

    url: str
    family: str

    @property
    def address(self) -> str:
        return f"{shown(self.url)}, family {self.family}"

    def obtain(self, part: Path, fetcher: Fetcher, limit: int) -> None:
        """Write the family's records to `part`, gzip-compressed."""
        family = self.family.encode()
        _filter(self.url, fetcher, part, limit, lambda blocks: fasta_records(blocks, family))
        if is_empty_gzip(part):
            part.unlink()
            raise Failure(f"has no sequence of family {self.family}")


Selection = Callable[[Iterable[bytes]], Iterator[bytes]]


def _filter(url: str, fetcher: Fetcher, part: Path, limit: int, select: Selection) -> None:
    local = fetcher.mirrored_file(url.rstrip("/").rpartition("/")[2])
    if local is not None:
        with open_bytes(local) as stream:
            _write(select(iter(lambda: stream.read(_BLOCK), b"")), part, limit)
        return
    fetcher.client.stream(url, lambda reply: _write(select(_checked(_content(reply))), part, limit))


def _checked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blocks, unless the first is the beginning of a web page."""
    first = True
    for block in blocks:
        if first and block:
            if wrong := fault_of_start(block[:512], ()):
                raise Failure(wrong)
            first = False
        yield block


def _content(reply: Reply) -> Iterator[bytes]:
    """Yield the body of a reply, unzipped when it is gzip; a cut stream may pass."""
    blocks = reply.chunks()
    unpacker, zipped, received = None, None, 0
    for block in blocks:
        received += len(block)
        if zipped is None:
            zipped = block.startswith(GZIP)
        if not zipped:
            yield block
            continue
        while block:
            unpacker = unpacker or zlib.decompressobj(31)
            try:
                yield unpacker.decompress(block)
            except zlib.error as error:
                raise Failure(f"damaged gzip data ({error})") from error
            block = unpacker.unused_data
            unpacker = None if unpacker.eof else unpacker
    if unpacker is not None:
        raise PassingFailure(f"cut off after {received} bytes")


def _write(blocks: Iterable[bytes], part: Path, limit: int) -> None:
    written = 0
    with gzip.GzipFile(part, "wb", compresslevel=6, mtime=0) as out:
        for block in blocks:
            written += len(block)
            if written > limit:
                raise Failure(f"is longer than the limit of {limit} bytes")
            out.write(block)


def is_empty_gzip(path: Path) -> bool:
    """Tell whether a gzip file holds no byte."""
    with gzip.open(path) as stream:
        return not stream.read(1)


def stockholm_block(blocks: Iterable[bytes], wanted: bytes) -> Iterator[bytes]:
    """Yield the bytes of the first alignment with a line that begins with `wanted`.

    The line has to stand above the sequences, as ``#=GF AC`` does; alignments that are not wanted
    are skipped without looking at their lines.
    """
    end, marker = b"\n//\n", b"\n#=GF AC"
    buffer, taking, skipping = b"", False, False
    for block in blocks:
        buffer += block
        while buffer:
            if not taking and not skipping:
                at = buffer.find(marker)
                line_end = buffer.find(b"\n", at + 1)
                if at < 0 or line_end < 0:
                    break
                taking = buffer.startswith(wanted, at + 1)
                skipping = not taking
            stop = buffer.find(end)
            if stop < 0:
                # the end mark may straddle two blocks
                ready, buffer = buffer[: -len(end)], buffer[-len(end) :]
                if taking:
                    yield ready
                break
            ready, buffer = buffer[: stop + len(end)], buffer[stop + len(end) :]
            if taking:
                yield ready
                return
            skipping = False
    if taking:
        raise PassingFailure("the alignment is cut off")


def fasta_records(blocks: Iterable[bytes], family: bytes) -> Iterator[bytes]:
    """Yield FASTA records whose header has `family` or a subfamily of it among its ``|`` fields."""
    keep, rest = False, b""
    for block in blocks:
        lines = (rest + block).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if line.startswith(b">"):
                keep = _names_family(line, family)
            if keep:
                yield line + b"\n"
    if rest.startswith(b">"):
        keep = _names_family(rest, family)
    if keep and rest:
        yield rest + b"\n"


def _names_family(header: bytes, family: bytes) -> bool:
    fields = header.strip().split(b"|")[1:]
    return any(field == family or field.startswith(family + b"_") for field in fields)
