"""Pictures lose everything but their pixels."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from activities.pictures import (
    HEAVIEST,
    HEAVIEST_SMALL,
    LARGEST_FILE,
    PictureError,
    redraw,
)

SECRET = b"52.9219 N 1.4758 W, telephone of somebody"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"


def picture(size: tuple[int, int] = (800, 400)) -> Image.Image:
    image = Image.new("RGB", size, "navy")
    image.paste("orange", (0, 0, size[0] // 2, size[1] // 2))
    return image


def saved(image: Image.Image, format_: str, **options: Any) -> io.BytesIO:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out


def gps_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = SECRET.decode()
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (52.0, 55.0, 18.8), "W", (1.0, 28.0, 32.9)
    return exif


def assert_only_pixels(content: bytes) -> None:
    assert SECRET not in content
    for chunk in (b"EXIF", b"XMP ", b"ICCP", b"ANIM"):
        assert chunk not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "WEBP"
        assert dict(image.getexif()) == {}
        assert not set(image.info) - {"background", "loop", "timestamp", "duration"}


def test_the_place_of_a_jpeg_stays_behind() -> None:
    file = saved(picture(), "JPEG", exif=gps_exif(), xmp=XMP, comment=SECRET, icc_profile=SECRET)
    assert SECRET in file.getvalue()
    drawn = redraw(file)
    assert_only_pixels(drawn.large.content)
    assert_only_pixels(drawn.small.content)
    assert (drawn.large.width, drawn.large.height) == (800, 400)
    assert (drawn.small.width, drawn.small.height) == (600, 300)


def test_text_chunks_of_a_png_stay_behind() -> None:
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    file = saved(picture(), "PNG", pnginfo=words, exif=gps_exif())
    assert SECRET in file.getvalue()
    assert_only_pixels(redraw(file).large.content)


def test_the_packet_of_a_webp_stays_behind() -> None:
    file = saved(picture(), "WEBP", xmp=XMP, exif=gps_exif(), icc_profile=SECRET)
    assert_only_pixels(redraw(file).large.content)


def test_what_is_after_the_picture_stays_behind() -> None:
    file = io.BytesIO(saved(picture(), "JPEG").getvalue() + SECRET)
    assert_only_pixels(redraw(file).large.content)


def test_a_picture_that_was_held_sideways_stands_upright() -> None:
    drawn = redraw(saved(picture(), "JPEG", exif=gps_exif(orientation=6))).large
    assert (drawn.width, drawn.height) == (400, 800)
    with Image.open(io.BytesIO(drawn.content)) as image:
        red, green, blue = image.convert("RGB").getpixel((390, 10))  # type: ignore[misc]
    assert red > 200 > green > blue


def test_large_and_restless_pictures_become_light() -> None:
    noise = Image.frombytes("RGB", (2400, 1600), random.Random(1).randbytes(2400 * 1600 * 3))
    drawn = redraw(saved(noise, "JPEG", quality=90))
    assert len(drawn.large.content) <= HEAVIEST
    assert len(drawn.small.content) <= HEAVIEST_SMALL
    assert max(drawn.large.width, drawn.large.height) <= 1200


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "CMYK", "I;16"])
def test_every_kind_of_colour_is_drawn(mode: str) -> None:
    image = Image.new(mode, (300, 300))
    format_ = "TIFF" if mode == "CMYK" else "PNG"
    assert redraw(saved(image, format_)).large.width == 300


def test_what_is_see_through_lies_on_white() -> None:
    drawn = redraw(saved(Image.new("RGBA", (300, 300), (0, 0, 0, 0)), "PNG")).large
    with Image.open(io.BytesIO(drawn.content)) as image:
        assert image.convert("RGB").getpixel((10, 10)) == (255, 255, 255)


def bomb() -> io.BytesIO:
    """A PNG of a few bytes that says it has 900 million pixels."""
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    out = b"\x89PNG\r\n\x1a\n"
    for name, data in chunks:
        check = zlib.crc32(name + data)
        out += struct.pack(">I", len(data)) + name + data + struct.pack(">I", check)
    return io.BytesIO(out)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (io.BytesIO(b""), "not a picture"),
        (io.BytesIO(b"just words"), "not a picture"),
        (io.BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not a picture"),
        (io.BytesIO(b"\xff\xd8\xff\xe0" + b"\0" * 100), "picture"),
        (saved(picture((50, 50)), "PNG"), "very small"),
        (saved(picture(), "BMP"), "not a picture"),
        (io.BytesIO(saved(picture(), "JPEG").getvalue()[:900]), "damaged"),
        (bomb(), "million pixels"),
        (io.BytesIO(b"\xff" * (LARGEST_FILE + 1)), "larger than 15 MB"),
    ],
    ids=["empty", "words", "svg", "stub", "tiny", "bitmap", "cut", "bomb", "heavy"],
)
def test_other_files_are_refused_in_words(file: io.BytesIO, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        redraw(file)


@given(st.binary(max_size=400), st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF"]))
def test_broken_files_never_do_more_than_be_refused(junk: bytes, format_: str) -> None:
    whole = saved(picture((220, 220)), format_).getvalue()
    middle = len(whole) // 2
    with contextlib.suppress(PictureError):
        redraw(io.BytesIO(whole[:middle] + junk + whole[middle + len(junk) :]))
