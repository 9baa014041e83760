"""Files made to harm whoever opens them, or to tell more than one sees: none gets in as it is."""

import io
import random
import zlib

import pikepdf
import pytest
from PIL import Image

from compliance import evidence, pdf_files, pictures
from compliance.exceptions import NotPossible
from compliance.file_kinds import JPEG, PNG, kind_of
from tests.compliance import files

pytestmark = pytest.mark.usefixtures("in_english")


def refused(content, why, name="file.png"):
    with pytest.raises(NotPossible, match=why):
        evidence.examine(content, name)


def taken(content, name="file", media_type=None):
    examined = evidence.examine(content, name)
    assert media_type in (None, examined.media_type)
    return examined


# -- what is taken ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (files.picture("PNG"), "image/png"),
        (files.picture("JPEG"), "image/jpeg"),
        (files.picture("WEBP"), "image/webp"),
        (files.pdf(), "application/pdf"),
        ("他们发来了广告。".encode(), "text/plain"),
        ("他们发来了广告。".encode("gb18030"), "text/plain"),
        ("他们发来了广告。".encode("utf-16"), "text/plain"),
        (b"when,what\n1,spam\n2,spam\n", "text/csv"),
        (b'[{"when": 1}]', "application/json"),
        (b"From: a@example.com\r\nSubject: Hi\r\n\r\n<html>hello", "message/rfc822"),
    ],
)
def test_a_kind_is_told_by_its_bytes_whatever_the_name_says(content, media_type):
    assert taken(content, "innocent.exe", media_type).name.startswith("innocent.exe.")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_pictures_of_every_depth_are_drawn_anew(mode):
    assert Image.open(io.BytesIO(pictures.redraw(files.picture(mode=mode, colour=1), PNG)))


def test_a_photo_of_a_printer_keeps_its_colours_roughly():
    drawn = Image.open(io.BytesIO(pictures.redraw(files.picture("JPEG", mode="CMYK"), JPEG)))
    assert drawn.mode == "RGB"


def test_a_phones_photo_with_a_second_one_behind_it_is_taken():
    both = files.picture("JPEG") + files.picture("JPEG", size=(8, 8))
    assert Image.open(io.BytesIO(taken(both).kept)).size == (64, 48)


# -- two files in one ---------------------------------------------------------------------------

TAILS = [
    b"<html><script>alert(1)</script>",
    b"alert(document.cookie)//",
    files.archive(),
    b"MZ\x90",
]


@pytest.mark.parametrize("tail", TAILS, ids=["html", "script", "zip", "exe"])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "PDF"])
def test_nothing_is_appended_to_a_file(kind, tail):
    whole = files.pdf() if kind == "PDF" else files.picture(kind)
    taken(whole)
    refused(whole + tail, "append|archive")


@pytest.mark.parametrize("tail", TAILS, ids=["html", "script", "zip", "exe"])
def test_nothing_hides_between_two_ends_of_a_pdf(tail):
    whole = files.pdf()
    ending = whole[whole.rindex(b"startxref") :]
    refused(whole + tail + b"\n" + ending, "archive|another kind")


def test_a_pdf_begins_with_its_own_header():
    refused(b"<html>" + files.pdf(), "not taken")
    refused(b"%PDF-<script>alert(1)</script>" + files.pdf(), "damaged|another kind")
    refused(files.archive() + files.pdf(), "archive|not taken")


def test_a_picture_that_is_a_script_too_is_drawn_anew():
    """A comment of a GIF or JPEG can hold a script; what is kept has no comment."""
    content = files.picture("JPEG", comment=b"*/=alert(1)/*<script>alert(2)</script>")
    assert b"script" in content
    assert b"script" not in taken(content).kept


@pytest.mark.parametrize(
    "page",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        b'<?xml version="1.0"?><svg><script>alert(1)</script></svg>',
        b"\xef\xbb\xbf  <!DOCTYPE html><p>hello",
        b"<script>alert(1)</script>",
        b"hello <iframe src=//evil.example></iframe>",
        "<svg onload=alert(1)>".encode("utf-16"),
        b"<!-- x --><b>hello",
    ],
)
def test_pages_and_drawings_that_act_are_refused(page):
    refused(page, "not taken", name="picture.png")


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a" + bytes(20),
        files.archive(),
        b"MZ\x90\0" + bytes(60),
        b"\x7fELF" + bytes(60),
        b"\0\0\0\x18ftypmp42" + bytes(60),
        b"ID3\x03" + bytes(60),
        bytes(10 * 2**20),
        b"\xff\xfe\0",
        random.Random(1).randbytes(5000),
    ],
    ids=["gif", "zip", "exe", "elf", "mp4", "mp3", "nuls", "half", "noise"],
)
def test_other_kinds_are_refused(content):
    refused(content, "not taken", name="picture.png")


def test_an_empty_and_a_large_file_are_refused():
    refused(b"", "empty")
    refused(b"a" * (10 * 2**20 + 1), "10 MB")


# -- what a photo tells besides ------------------------------------------------------------------


def test_a_photo_loses_its_place_and_stands_upright():
    photo = files.photo_with_place(orientation=6)
    for secret in (b"SECRETCAMERA", b"SECRETCOMMENT", b"SECRETXMP", b"SECRETPROFILE"):
        assert secret in photo
    assert Image.open(io.BytesIO(photo)).getexif().get_ifd(files.GPS_IFD)

    examined = taken(photo, media_type="image/jpeg")

    assert b"SECRET" not in examined.kept
    kept = Image.open(io.BytesIO(examined.kept))
    assert not kept.getexif()
    assert not {"exif", "xmp", "comment", "icc_profile", "photoshop"} & kept.info.keys()
    # 6: to be turned right by a quarter, so that its left side comes to the top.
    assert kept.size == (40, 80)
    assert kept.getpixel((20, 10))[1] < 60
    assert kept.getpixel((20, 70))[1] > 200
    assert examined.sha256 != examined.kept_sha256


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_pictures_lose_theirs_as_well(kind):
    exif = Image.Exif()
    exif.get_ifd(files.GPS_IFD).update({1: "N", 2: (31.0, 13.0, 49.0)})
    examined = taken(files.picture(kind, exif=exif, icc_profile=b"SECRETPROFILE" * 20))
    kept = Image.open(io.BytesIO(examined.kept))
    assert not kept.getexif()
    assert not {"exif", "xmp", "icc_profile"} & kept.info.keys()


# -- bombs --------------------------------------------------------------------------------------


def test_a_picture_that_unpacks_to_gigabytes_is_never_unpacked(monkeypatch):
    loaded = []
    monkeypatch.setattr(Image.Image, "load", lambda *_: loaded.append(1))
    bomb = files.png_of(50_000, 50_000)
    assert len(bomb) < 100_000
    refused(bomb, "million pixels")
    assert loaded == []


def test_a_picture_just_above_the_bound_is_refused():
    refused(files.png_of(8000, 5001), "million pixels")


def test_a_picture_that_moves_is_refused():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    refused(written.getvalue(), "moving")


def test_a_text_chunk_that_unpacks_without_end_is_refused_or_dropped():
    packed = zlib.compress(bytes(200 * 2**20), 9)
    whole = files.picture("PNG")
    data = b"Comment\0\0" + packed
    chunk = len(data).to_bytes(4, "big") + b"zTXt" + data
    chunk += zlib.crc32(b"zTXt" + data).to_bytes(4, "big")
    refused(whole[:33] + chunk + whole[33:], "damaged")


@pytest.mark.parametrize(
    ("times", "why"), [(1, "unpacks to more"), (2, "cannot bound")], ids=["once", "twice"]
)
def test_a_pdf_that_unpacks_without_end_is_refused(times, why):
    def with_bomb(made):
        made.Root.Extra = files.bomb_stream(made, times=times)

    bomb = files.pdf(with_bomb)
    assert len(bomb) < 2**20
    refused(bomb, why)


def test_a_pdf_whose_objects_are_a_bomb_ends_its_own_reader_only():
    """An object stream has to be unpacked to be read at all."""
    packing = zlib.compressobj(9)
    packed = packing.compress(b"7 0 " + b" " * 2**20)
    packed += b"".join(packing.compress(b" " * 2**20) for _turn in range(3000)) + packing.flush()
    head = b"%PDF-1.5\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    second = len(head)
    head += b"2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n"
    third = len(head)
    head += b"3 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>\nstream\n" % len(
        packed
    )
    head += packed + b"\nendstream\nendobj\n"
    table = len(head)
    rows = [(0, 0, 255), (1, 9, 0), (1, second, 0), (1, third, 0), (1, table, 0)]
    rows += [(0, 0, 255), (0, 0, 255), (2, 3, 0)]
    data = b"".join(bytes([a]) + b.to_bytes(4, "big") + bytes([c]) for a, b, c in rows)
    head += b"4 0 obj\n<</Type/XRef/Size 8/W[1 4 1]/Root 1 0 R/Length %d>>\nstream\n" % len(data)
    whole = head + data + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % table
    assert len(whole) < 4 * 2**20
    refused(whole, "unpacks to more")


# -- PDFs that act ------------------------------------------------------------------------------


def _opening_act(made):
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def _deep_act(made):
    act = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="calc.exe")
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, A=act)
    made.pages[0].Annots = pikepdf.Array([note])


def _unreachable_act(made):
    made.Root.Extra = made.make_indirect(pikepdf.Dictionary(JS="app.alert(1)"))


def _form(made):
    made.Root.AcroForm = pikepdf.Dictionary(XFA="<xdp/>", Fields=pikepdf.Array())


@pytest.mark.parametrize("act", [_opening_act, _deep_act, _unreachable_act, _form])
def test_a_pdf_with_scripts_or_acts_is_refused(act):
    refused(files.pdf(act), "scripts or acts")


def test_a_pdf_that_carries_files_is_refused():
    def carrying(made):
        made.attachments["run.exe"] = b"MZ"

    refused(files.pdf(carrying), "carries other files")


def test_a_locked_pdf_is_refused():
    made = pikepdf.new()
    made.add_blank_page()
    written = io.BytesIO()
    made.save(written, encryption=pikepdf.Encryption(owner="a", user="b"))
    refused(written.getvalue(), "password")


def test_a_pdf_of_our_own_making_is_taken():
    def linking(made):
        act = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://example.com")
        made.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(Subtype="/Link", A=act)])

    taken(files.pdf(linking), media_type="application/pdf")


def test_the_reader_of_pdfs_that_hangs_is_ended(monkeypatch, tmp_path):
    hanging = tmp_path / "hang.py"
    hanging.write_text("import signal\nsignal.pause()\n")
    monkeypatch.setattr(pdf_files, "INSPECTION", hanging)
    monkeypatch.setattr(pdf_files, "MOST_SECONDS", 0.5)
    refused(files.pdf(), "unpacks to more")


# -- damaged files ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "PDF"])
def test_half_a_file_is_refused(kind):
    whole = files.pdf() if kind == "PDF" else files.picture(kind, size=(200, 100))
    for share in (0.3, 0.6, 0.95):
        refused(whole[: int(len(whole) * share)], "damaged")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "PDF"])
def test_noise_in_a_file_is_refused_or_drawn_never_an_error(kind):
    whole = files.pdf() if kind == "PDF" else files.picture(kind, size=(60, 40))
    chance, answers = random.Random(kind), set()
    for _turn in range(8 if kind == "PDF" else 150):
        noisy = bytearray(whole)
        for _byte in range(chance.randint(1, 12)):
            noisy[chance.randrange(8, len(noisy))] = chance.randrange(256)
        try:
            evidence.examine(bytes(noisy), "noise")
            answers.add("taken")
        except NotPossible:
            answers.add("refused")
    assert "refused" in answers


# -- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.txt"),
        ("..\\..\\windows\\system32\\evil.txt", "evil.txt"),
        ("/etc/shadow", "shadow.txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe.txt"),
        ("a\0b\r\nContent-Type: text/html.txt", "html.txt"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt"),
        ('quote".txt', "quote_.txt"),
        ("..", "file.txt"),
        ("", "file.txt"),
        (".htaccess", "htaccess.txt"),
        ("CON.TXT", "CON.txt"),
        ("记录 1.TXT", "记录 1.txt"),
        ("x" * 500, "x" * 116 + ".txt"),
    ],
)
def test_a_name_is_one_visible_line_of_the_kind(name, kept):
    assert taken(b"hello", name).name == kept


def test_the_kind_is_the_same_for_whatever_order_it_is_asked_in():
    assert kind_of(files.picture("JPEG")) is JPEG
