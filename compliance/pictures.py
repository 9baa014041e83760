"""Pictures drawn anew: what one sees stays, what was hidden in the file is gone.

Place and time of a photo, its camera, thumbnails of what was cut off, comments, profiles,
text chunks: none of it is drawn.
"""

import io
import warnings
from typing import Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from compliance.exceptions import NotPossible
from compliance.file_kinds import JPEG, PNG, WEBP, Kind

# 4 bytes each while it is drawn: 160 MB. Phones take 12 million, few take 50.
MOST_PIXELS = 40_000_000
# MPO is a JPEG with a second one behind it, as phones write it.
FORMATS = {PNG: ("PNG",), JPEG: ("JPEG", "MPO"), WEBP: ("WEBP",)}
WRITTEN: dict[Kind, dict[str, Any]] = {
    PNG: {"format": "PNG", "compress_level": 6},
    JPEG: {"format": "JPEG", "quality": 92, "subsampling": 0},
    WEBP: {"format": "WEBP", "quality": 92, "method": 2},
}
MODES = {PNG: ("1", "L", "LA", "RGB", "RGBA"), JPEG: ("L", "RGB"), WEBP: ("RGB", "RGBA")}


def redraw(content: bytes, kind: Kind) -> bytes:
    """The same picture in the same format without metadata, the right way up.

    Its size is looked at before anything is unpacked. Raises `NotPossible` for what is too
    large, moves, is damaged or not whole.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(content), formats=FORMATS[kind])
        with picture:
            _refuse_unfit(picture)
            picture.load()
            return _written(picture, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotPossible(_too_large()) from None
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        OverflowError,
        MemoryError,
        EOFError,
        ZeroDivisionError,
    ):  # fmt: skip -- what Pillow's readers raise for damaged files
        raise NotPossible(_("The picture is damaged or not whole.")) from None


def _refuse_unfit(picture: Image.Image) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise NotPossible(_too_large())
    if getattr(picture, "is_animated", False) and picture.format != "MPO":
        raise NotPossible(_("A moving picture is not taken. Send the frames that matter."))


def _too_large() -> str:
    return _("The picture has more than %(most)d million pixels. Send a smaller one.") % {
        "most": MOST_PIXELS // 1_000_000
    }


def _written(picture: Image.Image, kind: Kind) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith("I"):  # 16 bits of grey
        upright = upright.point(lambda value: value / 256).convert("L")
    if upright.mode not in MODES[kind]:
        see_through = "A" in upright.mode or "transparency" in upright.info
        upright = upright.convert("RGBA" if see_through and kind is not JPEG else "RGB")
    # A new picture of the same dots: nothing that hung on the old one comes along.
    drawn = Image.frombytes(upright.mode, upright.size, upright.tobytes())
    written = io.BytesIO()
    drawn.save(written, **WRITTEN[kind])
    return written.getvalue()
