"""Bringing accounts to another device: what Keyfob shows is read by zbarimg and by ZXing, and taken apart here; what it writes is
opened by stock age."""

from __future__ import annotations

import base64
import json
import random
import re
import subprocess
import sys
import time
import urllib.parse

import pytest
import zxingcpp
from PIL import Image

from fob import ROOT, Fob

sys.path.insert(0, str(ROOT / "tests" / "vectors"))
import reader  # noqa: E402

SEED = 61


def by_zbarimg(picture) -> str:
    command = ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.rstrip("\n")


def by_zxing(picture) -> str:
    # Of every kind of barcode that it knows it sees a second one in some dense QR codes.
    codes = zxingcpp.read_barcodes(Image.open(picture), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(codes) == 1
    return codes[0].text


def fields(data: bytes):
    """The fields of a protobuf message: pairs of number and value (encoding as on protobuf.dev)."""
    at = 0

    def varint():
        nonlocal at
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            yield tag >> 3, varint()
        else:
            assert tag & 7 == 2
            length = varint()
            yield tag >> 3, data[at : at + length]
            at += length


def export(text: str):
    """What one of Google Authenticator's codes says: its entries, and which of how many parts it is."""
    address = urllib.parse.urlsplit(text)
    assert (address.scheme, address.netloc) == ("otpauth-migration", "offline")
    (data,) = urllib.parse.parse_qs(address.query, strict_parsing=True)["data"]
    entries, numbers = [], {}
    for number, value in fields(base64.b64decode(data, validate=True)):
        if number == 1:
            entries.append(dict(fields(value)))
        else:
            numbers[number] = value
    return entries, numbers


def base32(secret: bytes) -> str:
    return base64.b32encode(secret).decode().rstrip("=")


def made_up(chance: random.Random, number: int) -> dict:
    kind = chance.choice(["totp", "totp", "totp", "hotp"])
    return {
        "issuer": chance.choice(["GitHub", "Überweisung & Co", "日本", "a/b?c#d", "Service"]) + f" {number}",
        "label": chance.choice(["zoe@example.com", "host:8080", "zoë 100%", "x" * 40]),
        "secret": chance.randbytes(chance.choice([10, 20, 20, 32])),
        "type": kind,
        "algorithm": chance.choice(["SHA1", "SHA1", "SHA256", "SHA512"]),
        "digits": chance.choice([6, 6, 8]),
        "counter": chance.randrange(0, 2**40) if kind == "hotp" else 0,
    }


def uri(one) -> str:
    quote = lambda text: urllib.parse.quote(text, safe="")
    return (
        f"otpauth://{one['type']}/{quote(one['issuer'])}:{quote(one['label'])}?secret={base32(one['secret'])}&issuer={quote(one['issuer'])}"
        f"&algorithm={one['algorithm']}&digits={one['digits']}" + (f"&counter={one['counter']}" if one["type"] == "hotp" else "&period=30")
    )


def vault(fob, count: int) -> list[dict]:
    chance = random.Random(SEED + count)
    accounts = [made_up(chance, number) for number in range(count)]
    fob.ok("--yes", "add", "-", stdin="\n".join(map(uri, accounts)).encode())
    return accounts


@pytest.mark.parametrize("count", [1, 2, 9, 10, 11, 37, 100])
def test_googles_codes_are_read_by_two_other_programs_entry_by_entry(fob, count):
    accounts = {one["issuer"]: one for one in vault(fob, count)}
    ids = {row["id"]: row["issuer"] for row in fob.json("list")}
    shown = fob.json("move", "google", "--output", fob.folder / "codes")
    assert not shown["left_out"]
    seen, batches = [], set()
    for place, code in enumerate(shown["codes"]):
        text = by_zbarimg(code["file"])
        assert by_zxing(code["file"]) == text
        entries, numbers = export(text)
        assert 1 <= len(entries) <= 10
        assert (numbers.get(3), numbers.get(4, 0)) == (len(shown["codes"]), place)
        batches.add(numbers.get(5, 0))
        assert [ids[id] for id in code["accounts"]] == [entry[3].decode() for entry in entries]
        seen += entries
    assert len(batches) == 1 and len(seen) == count
    for entry in seen:
        one = accounts.pop(entry[3].decode())
        assert entry[1] == one["secret"]
        assert entry[2].decode() == f"{one['issuer']}:{one['label']}"
        assert entry[4] == {"SHA1": 1, "SHA256": 2, "SHA512": 3}[one["algorithm"]]
        assert entry[5] == {6: 1, 8: 2}[one["digits"]]
        assert entry[6] == {"hotp": 1, "totp": 2}[one["type"]]
        assert entry.get(7, 0) == one["counter"]
    assert not accounts


def test_what_does_not_fit_into_them_is_left_out_and_told(fob):
    lines = [
        "otpauth://totp/Steam:zoe?secret=JBSWY3DPEHPK3PXP&issuer=Steam&digits=5",
        "otpauth://totp/Slow:zoe?secret=KRSXG5CTMVRXEZLU&issuer=Slow&period=60",
        "otpauth://totp/Seven:zoe?secret=GEZDGNBVGY3TQOJQ&issuer=Seven&digits=7",
        "otpauth://totp/Fine:zoe?secret=ORSXG5CTMVRXEZLU&issuer=Fine",
    ]
    fob.ok("--yes", "add", "-", stdin="\n".join(lines).encode())
    shown = fob.json("move", "google")
    left = {one["account"]["issuer"]: one["why"] for one in shown["left_out"]}
    assert left == {"Steam": "steam", "Slow": "period", "Seven": "digits"}
    assert len(shown["codes"]) == 1 and len(shown["codes"][0]["accounts"]) == 1
    assert fob.error("move", "google", "Steam") == (1, "transfer_nothing")


def test_a_single_code_is_read_by_others_and_equals_the_account(fob):
    accounts = vault(fob, 24)
    ids = {row["issuer"]: row["id"] for row in fob.json("list")}
    for number, one in enumerate(accounts):
        picture = fob.folder / f"{number}.png"
        shown = fob.json("move", "show", ids[one["issuer"]], "--output", picture)
        assert shown["codes"][0]["file"] == str(picture)
        text = by_zbarimg(picture)
        assert by_zxing(picture) == text
        address = urllib.parse.urlsplit(text)
        query = dict(urllib.parse.parse_qsl(address.query, strict_parsing=True))
        assert (address.scheme, address.netloc) == ("otpauth", one["type"])
        assert urllib.parse.unquote(address.path[1:]) == f"{one['issuer']}:{one['label']}"
        assert (query["secret"].rstrip("="), query["issuer"]) == (base32(one["secret"]), one["issuer"])
        assert (query["algorithm"], query["digits"]) == (one["algorithm"], str(one["digits"]))
        assert query.get("counter") == (str(one["counter"]) if one["type"] == "hotp" else None)
        # Kept where only this person reads it, and not written over.
        assert picture.stat().st_mode & 0o077 == 0
    assert fob.error("move", "show", ids[accounts[0]["issuer"]], "--output", fob.folder / "0.png") == (1, "file_unwritable")
    assert [event["kind"] for event in fob.json("timeline", ids[accounts[0]["issuer"]])][0] == "exported"


def test_a_transfer_file_is_opened_by_stock_age_and_by_another_keyfob(fob, tmp_path_factory):
    accounts = vault(fob, 5)
    fob.ok("recovery", accounts[0]["issuer"], "set", stdin=b"aaaa-1111\nbbbb-2222\ncccc-3333\ndddd-4444\n")
    written = fob.json("move", "file", "--output", fob.folder / "t.age")
    assert written["accounts"] == 5
    passphrase = written["passphrase"]

    # age asks on a terminal; a passphrase goes to it through `script`.
    opened = fob.folder / "opened.json"
    command = f"age -d -o {opened} {fob.folder / 't.age'}"
    script = subprocess.run(["script", "-qec", command, "/dev/null"], input=f"{passphrase}\n".encode(), capture_output=True, check=False)
    assert script.returncode == 0, script.stdout
    payload = json.loads(opened.read_text())
    assert {one["key"]["secret"].rstrip("=") for one in payload["accounts"]} == {base32(one["secret"]) for one in accounts}
    assert not payload["recipients"] and "lineage" not in payload

    other = Fob(tmp_path_factory.mktemp("other"))
    given = other.folder / "given.txt"
    given.write_text("not the passphrase\n")
    assert other.error("move", "receive", fob.folder / "t.age", "--password-file", given) == (5, "transfer_passphrase_wrong")
    # As somebody types it who reads it off a screen.
    given.write_text(passphrase.lower().replace("-", " ") + "\n")
    received = other.json("move", "receive", fob.folder / "t.age", "--password-file", given)
    assert received["created_vault"] and len(received["added"]) == 5
    assert other.json("move", "receive", fob.folder / "t.age", "--password-file", given)["same"] == 5
    shown = other.json("recovery", accounts[0]["issuer"], "show", "--reveal")
    assert "aaaa-1111" in json.dumps(shown)
    codes = lambda keyfob: sorted((row["id"], row["code"]) for row in keyfob.json("--at", "1800000000", "code"))
    assert codes(other) == codes(fob)


def test_what_differs_in_a_transfer_file_is_told_and_taken_only_at_a_word(fob, tmp_path_factory):
    accounts = vault(fob, 3)
    name = accounts[0]["issuer"]
    fob.ok("recovery", name, "set", stdin=b"aaaa-1111\nbbbb-2222\ncccc-3333\ndddd-4444\n")
    other = Fob(tmp_path_factory.mktemp("other"))
    given = other.folder / "given.txt"

    def written():
        file = fob.folder / f"{len(list(fob.folder.glob('*.age')))}.age"
        given.write_text(fob.json("move", "file", "--output", file)["passphrase"] + "\n")
        return ("move", "receive", file, "--password-file", given)

    assert other.json(*written())["differs"] == []
    fob.ok("recovery", name, "use")
    fob.ok("recovery", name, "answer", "worked")
    told = other.json(*written())
    assert [(one["account"]["issuer"], one["spent"], one["other_key"], one["off"]) for one in told["differs"]] == [(name, 1, False, False)]
    assert "differences_taken" not in told
    text = other.ok(*written()).decode()
    assert f"Differs: {name}" in text and "1 recovery codes were used there, or are void" in text and "--take-differences" in text

    take = (*written(), "--take-differences")
    # Without a terminal it takes --yes, and nothing is taken in without.
    assert other.error(*take)[0] == 2
    taken = other.json("--yes", *take)
    assert [one["issuer"] for one in taken["differences_taken"]["changed"]] == [name]
    assert other.json(*written())["differs"] == []
    assert other.json("waiting") == []
    assert other.error("waiting", "take", "vault.age.waiting-1", "--yes")[1] == "snapshot_none"


def test_the_change_of_device_by_fob_has_statuses_that_a_script_can_use(fob):
    vault(fob, 3)
    status = lambda *what: fob.run("--json", "move", *what).returncode
    assert fob.error("move") == (1, "change_none")
    assert status("start", "My phone") == 0
    assert fob.error("move", "start") == (1, "change_under_way")
    assert status("status") == 1
    rows = fob.json("list")
    for row in rows:
        assert status("moved", row["id"], "--by", "qr") == 0
        if row["type"] == "hotp":
            assert status("waive", row["id"], "--why", "by counter") == 0
    assert status("finish") == 1
    for row in rows:
        if row["type"] == "totp":
            assert status("check", row["id"], "0000") == 1
            # The code is not to end between the two commands.
            if time.time() % 30 > 25:
                time.sleep(31 - time.time() % 30)
            (shown,) = fob.json("code", row["id"])
            assert status("check", row["id"], shown["code"]) == 0
    assert status("status") == 0
    done = fob.json("move", "finish")
    assert done["safe"] and done["ended_at"]
    assert status("reopen") == 0 and status("status") == 0
    assert fob.error("move", "drop")[0] == 2
    assert fob.json("--yes", "move", "drop")["safe"] is False


def test_two_vaults_are_compared_and_no_key_is_in_the_file(fob, tmp_path_factory):
    accounts = vault(fob, 4)
    made = fob.json("compare", "--make", fob.folder / "c.age")
    assert re.fullmatch("-".join(["[0-9A-HJKMNP-TV-Z]{4}"] * 3), made["code"])
    other = Fob(tmp_path_factory.mktemp("other"))
    # One is missing, one has another key, one other settings; the last is the same.
    changed = [dict(one) for one in accounts[1:]]
    changed[0]["secret"] = b"another key, 20 byte"
    changed[1]["digits"] = 8 if changed[1]["digits"] == 6 else 6
    other.ok("--yes", "add", "-", stdin="\n".join(map(uri, changed)).encode())
    code = other.folder / "code.txt"
    code.write_text("0000-0000-0000\n")
    assert other.error("compare", fob.folder / "c.age", "--code-file", code) == (5, "compare_code_wrong")
    code.write_text(made["code"].lower() + "\n")
    done = other.run("--json", "compare", fob.folder / "c.age", "--code-file", code)
    found = json.loads(done.stdout)
    assert (done.returncode, found["same"]) == (1, 1)
    told = {row["issuer"]: [one["kind"] for one in row["differences"]] for row in found["rows"]}
    assert told == {accounts[0]["issuer"]: ["missing"], accounts[1]["issuer"]: ["key"], accounts[2]["issuer"]: ["settings"]}
    assert fob.run("--json", "compare", fob.folder / "c.age", "--code-file", code).returncode == 0

    opened = fob.folder / "opened.json"
    command = f"age -d -o {opened} {fob.folder / 'c.age'}"
    script = subprocess.run(["script", "-qec", command, "/dev/null"], input=f"{made['code']}\n".encode(), capture_output=True, check=False)
    assert script.returncode == 0, script.stdout
    text = opened.read_text()
    for one in accounts:
        assert one["issuer"] in json.dumps(json.loads(text), ensure_ascii=False)
        for form in [base32(one["secret"]), one["secret"].hex(), base64.b64encode(one["secret"]).decode()]:
            assert form not in text


def test_recovery_codes_that_are_only_here_keep_the_old_device_from_being_safe(fob):
    (account,) = vault(fob, 1)
    identity = account["issuer"]
    change = lambda: reader.read_changes(fob.vault / "vault.age", fob.identity)[-1]
    fob.ok("move", "start", "My phone")
    fob.ok("move", "waive", identity)
    assert fob.json("move")["safe"] is True and change().safe is True
    fob.ok("recovery", identity, "set", stdin=b"aaaa-1111\nbbbb-2222\ncccc-3333\ndddd-4444\n")
    told = json.loads(fob.run("--json", "move").stdout)
    assert (told["safe"], told["left"], told["codes_left"], told["rows"][0]["codes_only_here"]) == (False, 0, 1, 4)
    assert change().safe is False
    assert fob.error("move", "finish") == (1, "change_codes_left")
    said = fob.run("move").stdout.decode()
    for way in ("fob recovery", "fob move file", "--codes"):
        assert way in said
    assert fob.json("move", "waive", identity, "--codes")["safe"] is True and change().safe is True
    assert fob.json("move", "unwaive", identity, "--codes")["safe"] is False and change().safe is False
    fob.ok("move", "waive", identity, "--codes")
    assert fob.json("move", "finish")["safe"] is True
