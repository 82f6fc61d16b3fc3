"""Recorded sound: what a file really is, what it says about its maker, and parts of it.

Browsers and file names claim anything, so the first bytes decide what a file is. Phones write into
recordings who spoke, where and when; that goes before anybody else may download them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LARGEST_FILE = 15 * 1024 * 1024  # bytes: a quarter of an hour of speech, generously


class NotAudioError(Exception):
    """The file is not a recording in one of the formats that browsers play."""


@dataclass(frozen=True)
class Audio:
    """A recording as it is kept. `content_type` is ours, never the browser's."""

    content_type: str
    extension: str
    content: bytes


def read_audio(content: bytes) -> Audio:
    """Recognise a recording by its bytes and take its makers' notes out.

    Raises:
        NotAudioError: it is no MP3, AAC, M4A, Ogg or WAV sound.
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return Audio("audio/wav", "wav", _wav_without_notes(content))
    if content[4:8] == b"ftyp":
        return Audio("audio/mp4", "m4a", _mp4_without_notes(content))
    if content[:4] == b"OggS" and re.search(rb"OpusHead|\x01vorbis", content[:128]):
        return Audio("audio/ogg", "ogg", _ogg_without_notes(content))
    return _frames(_without_id3(content))


def _frames(content: bytes) -> Audio:
    """MP3 and AAC are bare frames: eleven bits set, then the layer, which AAC leaves at nought."""
    if len(content) < 4 or content[0] != 0xFF or content[1] & 0xE0 != 0xE0:
        raise NotAudioError
    if content[1] & 0xF6 == 0xF0:
        return Audio("audio/aac", "aac", content)
    if content[1] & 0x06 == 0 or content[2] & 0xF0 == 0xF0:
        raise NotAudioError
    return Audio("audio/mpeg", "mp3", content)


def _without_id3(content: bytes) -> bytes:
    """Drop the tags at both ends: ID3 of either version, APEv2 and Lyrics3.

    Source: id3.org, ID3v2.4.0 main structure, section 3.1: ten bytes, the last four a size of
    seven bits each, and ten more bytes where a footer is announced.
    """
    start, end = 0, len(content)
    while content[start : start + 3] == b"ID3" and len(content) > start + 10:
        footer = 10 if content[start + 5] & 0x10 else 0
        start += 10 + _sevens(content[start + 6 : start + 10]) + footer
    while length := _tag_before(content, end):
        end = max(end - length, 0)
    return content[start : max(start, end)]


def _sevens(digits: bytes) -> int:
    """A number of seven bits a byte, the highest first."""
    return sum((digit & 0x7F) << 7 * place for place, digit in enumerate(reversed(digits)))


def _tag_before(content: bytes, end: int) -> int:
    """How many bytes the tag takes that ends there; nought where none does.

    ID3v1 is 128 bytes. APEv2: the last 32 bytes are a footer; its bytes 12 to 15 say the size less
    a header's. ID3v2 at the end: a footer of ten bytes, like its header. Lyrics3v2: six digits say
    its size, less themselves and the nine letters behind them.
    """
    if content[max(end - 128, 0) : end][:3] == b"TAG":
        return min(128, end)
    footer = content[max(end - 32, 0) : end]
    if footer[:8] == b"APETAGEX":
        return int.from_bytes(footer[12:16], "little") + 32 * (footer[23] >> 7)
    if footer[-10:-7] == b"3DI":
        return _sevens(footer[-4:]) + 20
    if footer[-9:] == b"LYRICS200" and footer[-15:-9].isdigit():
        return int(footer[-15:-9]) + 15
    return 0


def _wav_without_notes(content: bytes) -> bytes:
    """Keep the chunks that hold the sound and how to play it."""
    kept = b"".join(
        name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
        for name, body in _chunks(content)
        if name in {b"fmt ", b"fact", b"data"}
    )
    if not kept.startswith(b"fmt "):
        raise NotAudioError
    return b"RIFF" + (len(kept) + 4).to_bytes(4, "little") + b"WAVE" + kept


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        yield content[at : at + 4], content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


# Boxes of an MP4 file that hold other boxes, on the way to those that hold notes.
_HOLDERS = {b"moov", b"trak", b"mdia", b"moof", b"traf"}
_NOTES = {b"udta", b"meta", b"uuid", b"ilst", b"free", b"skip"}
# Boxes that begin with their version and the moments when they were made and changed.
_DATED = {b"mvhd", b"tkhd", b"mdhd"}
_DEEPEST = 8


def _mp4_without_notes(content: bytes) -> bytes:
    """Blank notes in place, as free space: the sound is found by its distance from the start."""
    if re.search(rb"hdlr.{8}vide", content, re.DOTALL):
        raise NotAudioError
    blanked = bytearray(content)
    _blank(blanked, 0, len(blanked))
    return bytes(blanked)


def _blank(boxes: bytearray, start: int, end: int, depth: int = 0) -> None:
    if depth > _DEEPEST:
        raise NotAudioError
    at = start
    while at + 8 <= end:
        size, head = _size_of_box(boxes, at, end)
        name = bytes(boxes[at + 4 : at + 8])
        if name in _NOTES:
            boxes[at + 4 : at + 8] = b"free"
            boxes[at + head : at + size] = bytes(size - head)
        elif name in _HOLDERS:
            _blank(boxes, at + head, at + size, depth + 1)
        elif name in _DATED and size >= head + 20:
            # Two numbers of 4 bytes each, of 8 in version 1, behind the version and 3 bytes more.
            moments = 16 if boxes[at + head] else 8
            boxes[at + head + 4 : at + head + 4 + moments] = bytes(moments)
        at += size


def _size_of_box(boxes: bytearray, at: int, end: int) -> tuple[int, int]:
    """A box's size and that of its head, in bytes. Nought: up to the end; one: a long size."""
    size, head = int.from_bytes(boxes[at : at + 4], "big"), 8
    if size == 1:
        size, head = int.from_bytes(boxes[at + 8 : at + 16], "big"), 16
    size = size or end - at
    if size < head or at + size > end:
        raise NotAudioError
    return size, head


# The second packet of an Ogg stream holds the notes, behind these words.
_OGG_NOTES = (b"OpusTags", b"\x03vorbis")
_OGG_HEAD = 27  # bytes of a page before its table of segments
_BEGINS_STREAM = 0x02
LONGEST_NOTES = 1024 * 1024  # bytes: more than a picture of the singer


def _ogg_without_notes(content: bytes) -> bytes:
    """Leave an Ogg stream's notes empty at their old length, and renew its pages' checksums.

    Sources: RFC 3533, section 6; RFC 7845, section 5.2; Vorbis I specification, section 5.2.
    A second stream, such as the pictures of a film, is refused.
    """
    pages = _ogg_pages(content)
    places, touched = _second_packet(content, pages)
    emptied = _empty_notes(bytes(content[place] for place in places))
    cleaned = bytearray(content)
    for place, byte in zip(places, emptied, strict=True):
        cleaned[place] = byte
    for start, end in touched:
        cleaned[start + 22 : start + 26] = bytes(4)
        checksum = ogg_checksum(bytes(cleaned[start:end]))
        cleaned[start + 22 : start + 26] = checksum.to_bytes(4, "little")
    return bytes(cleaned)


def _ogg_pages(content: bytes) -> Iterator[tuple[int, int, list[int]]]:
    """(start, end, sizes of its segments) of each page."""
    at = 0
    while content[at : at + 4] == b"OggS" and at + _OGG_HEAD <= len(content):
        if at and content[at + 5] & _BEGINS_STREAM:
            raise NotAudioError
        body = at + _OGG_HEAD + content[at + 26]
        sizes = list(content[at + _OGG_HEAD : body])
        end = body + sum(sizes)
        if end > len(content):
            raise NotAudioError
        yield at, end, sizes
        at = end


def _second_packet(
    content: bytes, pages: Iterator[tuple[int, int, list[int]]]
) -> tuple[list[int], list[tuple[int, int]]]:
    """Where each byte of the second packet lies, and the pages that it lies in.

    A segment of less than 255 bytes ends a packet.
    """
    packet = 0
    places: list[int] = []
    touched: list[tuple[int, int]] = []
    for start, end, sizes in pages:
        at = end - sum(sizes)
        for size in sizes:
            if packet == 1:
                places.extend(range(at, at + size))
                if (start, end) not in touched:
                    touched.append((start, end))
            at += size
            packet += size < 255
        if packet > 1:
            return places, touched
        if len(places) > LONGEST_NOTES:
            break
    raise NotAudioError


def _empty_notes(packet: bytes) -> bytes:
    """A packet of notes without any, as long as it was; the encoder's name stays."""
    name = next((each for each in _OGG_NOTES if packet.startswith(each)), b"")
    encoder = int.from_bytes(packet[len(name) : len(name) + 4], "little")
    kept = len(name) + 4 + encoder
    if not name or kept + 4 > len(packet):
        raise NotAudioError
    # No notes; Vorbis wants one more bit, set.
    emptied = packet[:kept] + bytes(4) + (b"\x01" if name[0] == 3 else b"")
    return emptied[: len(packet)].ljust(len(packet), b"\0")


def ogg_checksum(page: bytes) -> int:
    """CRC of 32 bits, polynomial 04C11DB7, begun at nought, nothing mirrored (RFC 3533)."""
    checksum = 0
    for byte in page:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ _CRC[checksum >> 24 ^ byte]
    return checksum


def _crc_of(byte: int) -> int:
    rest = byte << 24
    for _ in range(8):
        rest = (rest << 1 ^ (0x04C11DB7 if rest & 0x80000000 else 0)) & 0xFFFFFFFF
    return rest


_CRC = [_crc_of(byte) for byte in range(256)]


@dataclass(frozen=True)
class Part:
    """Bytes of a file from `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class NoSuchPartError(Exception):
    """The range that was asked for begins behind the end of the file."""


_RANGE = re.compile(r"bytes=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.ASCII)


def wanted_part(header: str, size: int) -> Part | None:
    """The one part that a Range header asks for; none means the whole file.

    RFC 9110, section 14.2: what is malformed, or asks for several parts, may be ignored.

    Raises:
        NoSuchPartError: the answer is 416.
    """
    found = _RANGE.fullmatch(header)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return _tail(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise NoSuchPartError
    return Part(int(first), min(int(last), size - 1) if last else size - 1)


def _tail(length: int, size: int) -> Part:
    if not length or not size:
        raise NoSuchPartError
    return Part(max(size - length, 0), size - 1)
