"""Files for tests of evidence, good ones and those made to do harm."""

import io
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image

GPS_IFD = 0x8825


def picture(kind="PNG", size=(64, 48), mode="RGB", colour="teal", **saved):
    written = io.BytesIO()
    Image.new(mode, size, colour).save(written, kind, **saved)
    return written.getvalue()


def photo_with_place(orientation=6):
    """A photo on its side, with where it was taken, a maker's note and a comment."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(GPS_IFD).update({1: "N", 2: (31.0, 13.0, 49.0), 3: "E", 4: (121.0, 28.0, 25.0)})
    photo = Image.new("RGB", (80, 40), "white")
    photo.paste("red", (0, 0, 40, 40))
    written = io.BytesIO()
    photo.save(
        written,
        "JPEG",
        exif=exif,
        comment=b"SECRETCOMMENT",
        xmp=b"<x:xmpmeta>SECRETXMP</x:xmpmeta>",
        icc_profile=b"SECRETPROFILE" * 20,
    )
    return written.getvalue()


def png_of(width, height):
    """A PNG that claims a size and packs the zeros for it into little."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(
            ">I", zlib.crc32(name + data)
        )  # fmt: skip

    packing = zlib.compressobj(9)
    packed = b"".join(packing.compress(bytes(2**20)) for _turn in range(20)) + packing.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )


def pdf(change=None):
    """A PDF of one page; `change` is called with it before it is written."""
    made = pikepdf.new()
    made.add_blank_page()
    if change:
        change(made)
    written = io.BytesIO()
    made.save(written, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return written.getvalue()


def archive(name="payload.class"):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr(name, "x" * 100)
    return written.getvalue()


def bomb_stream(made, *, megabytes=400, times=1):
    """A stream that unpacks to that much, packed `times` times."""
    packing = zlib.compressobj(9)
    data = b"".join(packing.compress(bytes(2**20)) for _turn in range(megabytes))
    data += packing.flush()
    for _turn in range(times - 1):
        data = zlib.compress(data)
    stream = pikepdf.Stream(made, b"")
    stream.write(data, filter=pikepdf.Array([pikepdf.Name.FlateDecode] * times))
    return made.make_indirect(stream)
