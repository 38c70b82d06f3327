"""Pictures judged by zbarimg, and input that is wrong: a plain error, exit 5, nothing lost."""

import concurrent.futures
import json
import os
import struct
import subprocess
import zlib

import pytest

from fob import BIN, FIXTURES, ROOT

GOOD = "otpauth://totp/GitHub:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=GitHub"


@pytest.mark.parametrize("name", ["enroll.png", "enroll.jpg", "enroll.webp", "enroll.bmp", "enroll.gif", "two.png", "web-address.png"])
def test_pictures_are_read_as_zbarimg_reads_them(fob, name):
    theirs = subprocess.run(["zbarimg", "-q", "--raw", FIXTURES / name], check=True, capture_output=True, text=True).stdout.split()
    ours = [code["text"] for code in fob.json("scan", FIXTURES / name)[0]["codes"]]
    assert sorted(ours) == sorted(theirs) and ours


def test_one_picture_with_two_accounts_gives_both_once(fob):
    added = fob.json("add", FIXTURES / "two.png", FIXTURES / "enroll.png")
    assert sorted(a["issuer"] for a in added["added"]) == ["Mirox", "Plato"]
    assert [a["issuer"] for a in added["duplicates"]] == ["Mirox"]


def test_what_other_kinds_of_code_are_is_said(fob):
    done = fob.run("add", FIXTURES / "web-address.png")
    assert done.returncode == 5 and b"a web address" in done.stderr
    assert fob.json("scan", FIXTURES / "web-address.png")[0]["codes"][0]["kind"] == "web_address"


def chunk(kind, body):
    """A part of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, data=b""):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "not_otp"),
        (b"\x00\x01\x02\xff" * 50, "picture_unknown"),
        (png(50_000, 50_000), "picture_too_large"),
        (png(2, 2), "picture_damaged"),
        ((FIXTURES / "enroll.png").read_bytes()[:2000], "picture_damaged"),
        ((FIXTURES / "blank.png").read_bytes(), "picture_no_code"),
        (b"otpauth://totp/A?secret=1", "key_not_base32"),
        (b"otpauth://totp/A?secret=JBSWY3DP&digits=0", "digits_out_of_range"),
        (b"otpauth://totp/A?secret=JBSWY3DP&period=0", "period_zero"),
        (b"otpauth://totp/A", "uri_no_secret"),
        (b"otpauth://totp/" + b"a" * 10_000_000 + b"?secret=JBSWY3DP", "text_too_large"),
        (b"otpauth-migration://offline?data=AAAA", "migration_damaged"),
        (b"https://example.org", "not_otp"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
)
def test_bad_input_exits_5_with_its_code_and_loses_nothing(fob, data, code):
    fob.ok("add", GOOD)
    before = (fob.vault / "vault.age").read_bytes()
    assert fob.error("add", "-", stdin=data) == (5, code)
    assert (fob.vault / "vault.age").read_bytes() == before


def test_errors_have_a_sentence_and_a_remedy_and_never_the_key(fob):
    key = "JBSWY3DPEHPK3PXP1"
    for arguments in (["add", "--key", key], ["add", f"otpauth://totp/A?secret={key}"], ["add", f"otpauth://totp/A?secret=JBSWY3DPEHPK3PXP&digits=99"]):
        done = fob.run("--json", *arguments)
        error = json.loads(done.stderr)["error"]
        assert done.returncode == 5 and error["message"] and error["remedy"]
        assert b"JBSWY3DP" not in done.stderr + done.stdout
    done = fob.run("--json", "add", "--key", key, "--digits", "many")
    assert done.returncode == 2 and b"JBSWY3DP" not in done.stderr


def test_exit_statuses_of_the_contract(fob):
    fob.ok("add", GOOD)
    fob.ok("add", "otpauth://totp/GitLab:zoe?secret=MFRGGZDFMZTWQ2LK&issuer=GitLab")
    assert fob.error("code", "nothing") == (4, "account_not_found")
    assert fob.error("code", "git", "--advance") == (4, "account_ambiguous")
    assert fob.error("code", "github", "--advance") == (5, "account_no_counter")
    assert fob.error("add", "no-such-file.png") == (5, "file_unreadable")
    assert fob.run("--at", "5", "doctor").returncode == 2
    assert fob.run("unheard-of").returncode == 2
    assert fob.run("--version").returncode == 0
    assert fob.run("doctor").returncode == 0


def test_a_part_that_cannot_be_read_does_not_keep_the_rest_out(fob):
    done = fob.run("--json", "add", "-", stdin=f"{GOOD}\notpauth://totp/A?secret=1\n".encode())
    report = json.loads(done.stdout)
    assert done.returncode == 5
    assert len(report["added"]) == 1 and report["rejected"][0]["reason"]["code"] == "key_not_base32"


def test_a_short_key_works_with_a_quiet_warning(fob):
    done = fob.run("add", "otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP")
    assert done.returncode == 0 and b"under 128 bits" in done.stderr


SAMPLES = ROOT.parent / "shared" / "samples"


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples of other apps are not on this machine (../shared/samples)")
@pytest.mark.parametrize("name", ["uri-list/aegisrepo__plain.txt", "google-authenticator-qr/protonrepo__GoogleAuthenticatorExport_1.png", "google-authenticator-qr/protonrepo__GoogleAuthenticatorExport_3.png"])
def test_real_exports_are_read_entry_by_entry(fob, name):
    expected = json.loads((SAMPLES / "expected.json").read_text())[name]["entries"]
    report = fob.json("add", SAMPLES / name)
    kept = {(a["issuer"], a["label"], a["type"], a["algorithm"], a["digits"]) for a in report["added"]}
    named = {(e["issuer"], e["account"].strip(), e["type"], e["algorithm"], e["digits"]) for e in expected}
    keys = {(e["secret"], e["type"], e["algorithm"], e["digits"], e.get("period")) for e in expected}
    # The very same key under two names is one account.
    assert kept <= named and len(report["added"]) == len(keys) and not report["rejected"]


def test_nothing_that_was_given_is_repeated_where_it_may_be_a_key(fob):
    key = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    for arguments in (["add", key], ["add", "--issuer", "x", key], [GOOD], ["code", "a", GOOD], ["add", "--digits", key], ["add", GOOD + "&digits=0", key]):
        for json_too in ([], ["--json"]):
            done = fob.run(*json_too, *arguments)
            assert done.returncode in (2, 5), arguments
            assert b"JBSWY3DP" not in done.stdout + done.stderr, (arguments, done.stderr)
            assert json_too or done.stderr.count(b"\n") <= len(arguments), done.stderr


def test_each_source_that_failed_is_named_and_the_others_are_kept(fob):
    done = fob.run("--json", "add", "no-such.png", "otpauth://totp/q", GOOD)
    report = json.loads(done.stdout)
    assert done.returncode == 5 and len(report["added"]) == 1
    assert [(f["source"], f["error"]["code"]) for f in report["failed"]] == [(1, "file_unreadable"), (2, "uri_no_secret")]


def test_a_type_that_an_address_does_not_have_is_refused(fob):
    assert fob.error("add", GOOD, "--type", "hotp") == (2, "usage")
    assert fob.json("add", "otpauth://totp/Steam:z?secret=JBSWY3DPEHPK3PXP&issuer=Steam", "--type", "steam")["added"][0]["type"] == "steam"


def test_pipes_and_devices_are_no_pictures(fob, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for path in ("/dev/zero", tmp_path / "pipe.png"):
        assert fob.error("add", path) == (5, "file_unreadable")
        assert fob.run("scan", path).returncode == 5


def test_an_answer_that_could_not_be_written_is_no_success(fob):
    fob.ok("add", GOOD)
    command = [str(BIN / "fob"), "--vault", str(fob.vault), "--identity", str(fob.identity)]
    with open("/dev/full", "w") as full:
        assert subprocess.run([*command, "code"], env=fob.env, stdout=full, stderr=subprocess.PIPE, check=False).returncode == 1
    read, write = os.pipe()
    os.close(read)
    watched = subprocess.run([*command, "code", "--watch"], env=fob.env, stdout=write, stderr=subprocess.PIPE, timeout=20, check=False)
    os.close(write)
    assert (watched.returncode, watched.stderr) == (0, b"")


def test_a_counted_code_is_shown_also_where_it_cannot_be_copied(fob):
    fob.ok("add", "otpauth://hotp/H:x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    done = fob.run("--json", "code", "H", "--advance", "--copy")
    assert done.returncode == 1 and json.loads(done.stderr)["error"]["code"] == "clipboard_unavailable"
    assert json.loads(done.stdout)[0]["code"] == "755224"


def test_an_empty_vault_has_an_empty_answer_not_none(fob):
    fob.ok("init")
    assert fob.json("code") == [] and fob.json("list") == []


def pdfs():
    """A page as large as a house, a picture of 50,000 pixels a side, a drawing that draws itself, and one that draws for ever."""

    def pdf(box, resources, content):
        parts = [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Resources<</XObject<</A 5 0 R>>>>/Contents 4 0 R>>" % box,
            b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
            resources,
        ]
        return b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s endobj\n" % (n + 1, part) for n, part in enumerate(parts)) + b"trailer<</Root 1 0 R>>\n"

    picture = b"<</Type/XObject/Subtype/Image/Width 50000/Height 50000/BitsPerComponent 8/ColorSpace/DeviceGray/Length 4>>stream\nabcd\nendstream"
    itself = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A 5 0 R>>>>/Length 9>>stream\n/A Do /A Do\nendstream"
    return {
        "house.pdf": pdf(b"0 0 9e9 9e9", picture, b"0 0 1 1 re f"),
        "picture.pdf": pdf(b"0 0 600 800", picture, b"600 0 0 800 0 0 cm /A Do"),
        "itself.pdf": pdf(b"0 0 600 800", itself, b"/A Do"),
        "for-ever.pdf": pdf(b"0 0 600 800", picture, b"0 0 600 800 re f " * 400_000),
    }


def hostile():
    """Pictures that cost engines dear: grids of finder patterns, noise, a chessboard, cut files, a GIF that never ends."""
    finder = [[1] * 7, [1, 0, 0, 0, 0, 0, 1], [1, 0, 1, 1, 1, 0, 1], [1, 0, 1, 1, 1, 0, 1], [1, 0, 1, 1, 1, 0, 1], [1, 0, 0, 0, 0, 0, 1], [1] * 7]
    side = 1200

    def grey(pixel):
        rows = b"".join(b"\x00" + bytes(pixel(x, y) for x in range(side)) for y in range(side))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")

    noise = os.urandom(side * side)
    good = (FIXTURES / "enroll.png").read_bytes()
    gif = (FIXTURES / "enroll.gif").read_bytes()
    return {
        "finders.png": grey(lambda x, y: 255 * (1 - (finder[y % 9][x % 9] if x % 9 < 7 and y % 9 < 7 else 0))),
        "noise.png": grey(lambda x, y: noise[y * side + x]),
        "bits.png": grey(lambda x, y: 255 * (noise[y // 2 * side + x // 2] & 1)),
        "chess.png": grey(lambda x, y: 255 * ((x + y) & 1)),
        "wide.png": png(60_000, 1_000),
        "cut.png": good[:-400],
        "endless.gif": gif[:-1] + gif[13:-1] * 10_000,
        **pdfs(),
    }


def test_hostile_pictures_are_answered_each_and_cost_the_good_one_nothing(fob, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, data in hostile().items():
        (folder / name).write_bytes(data)
    (folder / "a-good.png").write_bytes((FIXTURES / "enroll.png").read_bytes())
    (folder / "z-good.png").write_bytes((FIXTURES / "two.png").read_bytes())
    done = fob.run("--json", "scan", folder)
    assert b"panicked" not in done.stderr
    rows = {os.path.basename(row["file"]): row for row in json.loads(done.stdout)}
    assert len(rows) == 13
    assert len(rows["a-good.png"]["codes"]) == 1 and len(rows["z-good.png"]["codes"]) == 2
    assert len(rows["endless.gif"]["codes"]) == 1, "its first frame counts"
    for name in ("finders.png", "noise.png", "bits.png", "chess.png", "wide.png", "cut.png", *pdfs()):
        assert rows[name]["codes"] == [] and rows[name]["error"]["remedy"], name


def test_pictures_after_one_that_an_engine_is_lost_in_are_read(fob, tmp_path):
    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    rows = b"".join(b"\x00" + bytes(0 if x % 9 < 7 and y % 9 < 7 and finder[y % 9][x % 9] == "1" else 255 for x in range(300)) for y in range(300))
    lost = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 300, 300, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    folder = tmp_path / "pictures"
    folder.mkdir()
    for n in range(6):
        (folder / f"{n}-a.png").write_bytes(lost)
        (folder / f"{n}-b.png").write_bytes((FIXTURES / "enroll.png").read_bytes())
    rows = json.loads(fob.run("--json", "scan", folder).stdout)
    assert [len(row["codes"]) for row in rows] == [0, 1] * 6


def test_backups_into_one_folder_at_once_do_not_hurt_each_other(fob, tmp_path):
    fob.json("add", GOOD)
    folder = tmp_path / "backups"
    folder.mkdir()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: fob.run("backup", folder), range(12)))
    assert [d.returncode for d in done] == [0] * 12, [d.stderr for d in done]
    assert all(path.suffix == ".zip" for path in folder.iterdir())


def test_corners_say_where_a_code_is(fob):
    [code] = fob.json("scan", FIXTURES / "enroll.png")[0]["codes"]
    (left, top), _, (right, bottom), _ = code["corners"]
    # What make.py has put there: six pixels a module, four modules from the picture's edge.
    assert abs(left - 304) < 6 and abs(top - 214) < 6 and abs((right - left) - (bottom - top)) < 6
