"""Pictures that come in are drawn anew: small, upright, and without anything but what is seen.

Only the pixels of what was uploaded are used. Place, camera, time, comments and whatever else
lies in the file (EXIF, XMP, IPTC, text chunks, colour profiles, thumbnails) stay behind.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

# Bytes and pixels of what may come in: a telephone's picture fits, a bomb does not.
LARGEST_FILE = 15 * 1024 * 1024
MOST_PIXELS = 50_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF")
# Pixels and bytes of what is drawn.
WIDEST = 1200
WIDEST_SMALL = 600
SHORTEST_SIDE = 200
HEAVIEST = 60_000
HEAVIEST_SMALL = 24_000
_QUALITIES = (80, 70, 60, 50, 40)
_SHRINK = 0.8
# Kinds of colour that are made smaller before anything else, to spare memory.
_SHRINKABLE = {"RGB", "RGBA", "L", "CMYK"}
_PAPER = (255, 255, 255)
_TOO_MANY_PIXELS = (
    f"This picture has more than {MOST_PIXELS // 1_000_000} million pixels. "
    "Make it smaller, or choose another one."
)


class PictureError(ValueError):
    """The file is not a picture that can be shown. Says what to do about it."""


@dataclass(frozen=True)
class DrawnPicture:
    """A picture as WebP: bytes, and width and height in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class DrawnPictures:
    """The same picture for pages of its own and for lists."""

    large: DrawnPicture
    small: DrawnPicture


def redraw(file: IO[bytes]) -> DrawnPictures:
    """Draw an uploaded picture anew as WebP, at most WIDEST pixels on its longer side.

    Raises:
        PictureError: it is too large, too small, broken, or no picture at all.
    """
    pixels = _pixels(_read(file))
    if min(pixels.size) < SHORTEST_SIDE:
        raise PictureError(
            f"This picture is very small. Choose one of at least {SHORTEST_SIDE} by "
            f"{SHORTEST_SIDE} pixels."
        )
    return DrawnPictures(
        large=_drawn(pixels, WIDEST, HEAVIEST), small=_drawn(pixels, WIDEST_SMALL, HEAVIEST_SMALL)
    )


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise PictureError(
            f"This file is larger than {LARGEST_FILE // 1024**2} MB. Choose a smaller picture."
        )
    return content


def _pixels(content: bytes) -> Image.Image:
    """The first picture of a file, upright, on paper where it is see-through."""
    try:
        with warnings.catch_warnings():
            # What Pillow thinks suspicious is refused by its size just below.
            warnings.simplefilter("ignore")
            return _opened(content)
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError(_TOO_MANY_PIXELS) from None
    except UnidentifiedImageError:
        raise PictureError("This file is not a picture. Choose a JPEG, PNG or WebP file.") from None
    # Broken files make the readers of Pillow raise almost anything.
    except Exception as error:
        raise PictureError(
            "This picture is damaged and cannot be opened. Save it again, or choose another one."
        ) from error


def _opened(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MOST_PIXELS:
            raise PictureError(_TOO_MANY_PIXELS)
        # Reading a JPEG at the size that is wanted spares memory.
        image.draft("RGB", (2 * WIDEST, 2 * WIDEST))
        image.load()
        if image.mode in _SHRINKABLE:
            image.thumbnail((2 * WIDEST, 2 * WIDEST))
        else:
            # Turned into other colours at its full size, it would take a gigabyte.
            image.thumbnail((4 * WIDEST, 4 * WIDEST), Image.Resampling.NEAREST)
        return _on_paper(ImageOps.exif_transpose(image))


def _on_paper(image: Image.Image) -> Image.Image:
    """Only colours, on a new sheet that knows nothing of where they come from."""
    coloured = image.convert("RGBA")
    paper = Image.new("RGB", coloured.size, _PAPER)
    paper.paste(coloured, mask=coloured.getchannel("A"))
    return paper


def _drawn(pixels: Image.Image, widest: int, heaviest: int) -> DrawnPicture:
    """As good as the weight allows: first less quality, then fewer pixels."""
    sheet = pixels.copy()
    sheet.thumbnail((widest, widest))
    for quality in _QUALITIES:
        content = _webp(sheet, quality)
        if len(content) <= heaviest:
            return DrawnPicture(content, *sheet.size)
    return _drawn(pixels, int(widest * _SHRINK), heaviest)


def _webp(sheet: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    sheet.save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()
