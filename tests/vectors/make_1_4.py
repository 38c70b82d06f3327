#!/usr/bin/env python3
"""Makes `vault-1.4/` out of `vault-1.3/` by the real program: `KEYFOB_BIN=target/debug python3 -B tests/vectors/make_1_4.py FOLDER`.

It needs age, dbus and gnome-keyring, since one of the machines in it opens the vault by its keychain. Ids, keys and times are
other ones at each run, so what is committed is one run of it.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "judges")]
import reader  # noqa: E402
from fob import Fob  # noqa: E402
from own_keyring import Keyring  # noqa: E402

FIRST, PASSPHRASE, CODES_PASSPHRASE = "before the change", "a changed passphrase", "codes of their own"
TWIN = "otpauth://totp/Twin:zoe?secret=KRUGKIDROVUWG2ZAMJZG653OEBTG66BA&issuer=Twin"
#: What the vector has to have in it.
NEW = ["version", "contains", "passphrase", "retired_keys", "former_lineages", "purged", "purged_states", "save_days", "foreign_locks"]


def make(work: Path, out: Path):
    old = HERE / "vault-1.3"
    (work / "a").mkdir(), (work / "b").mkdir(), (work / "c").mkdir()
    a, b, colleague = Fob(work / "a"), Fob(work / "b"), Fob(work / "c")
    shutil.copytree(old, a.vault, ignore=shutil.ignore_patterns("expected.json", "identity.txt"))
    (a.vault / "snapshots").mkdir(mode=0o700)
    shutil.copy(old / "identity.txt", a.identity)
    a.ok("add", "otpauth://hotp/Hydra:zoe?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U&issuer=Hydra&counter=7")
    for name, secret in [("Trashed", "ONSWG4TFOQQGS3TUNBSSA5DSMFZWQIDF"), ("Gone", "ONSWG4TFOQQHI2DBOQQGO33FOMQGC53B")]:
        a.ok("add", f"otpauth://totp/{name}:zoe?secret={secret}&issuer={name}")
    a.ok("enroll", "Gone", "keep", stdin=b"Recovery codes:\n8g2k-q9zd\nm5x7-t1pw\n")
    a.ok("delete", "Trashed")
    a.ok("delete", "Gone")
    a.ok("trash", "delete", "Gone", "--yes")
    # Two machines add one account, and a sync keeps both versions.
    shutil.copy(a.identity, b.identity)
    shutil.copytree(a.vault, b.vault)
    b.ok("add", TWIN)
    a.ok("add", TWIN)
    shutil.copy(b.vault / "vault.age", a.vault / "vault (conflicted copy).age")
    a.ok("list")
    of_b = reader.name_of(reader.payload_of(b.vault / "vault.age", a.identity))
    # A device opens the vault by its keychain, for a while.
    with Keyring(work) as keyring:
        there = b.way
        keyring.serve(b)
        b.opened_by(*there)
        b.vault = a.vault
        b.ok("recipients", "add-device")
    # What a colleague's file brings is sealed to his passphrase.
    colleague.ok("add", "otpauth://totp/Kollega:kim?secret=NNXWY3DFM5QWY4ZAOBQXG43QNBZGC43F&issuer=Kollega")
    colleague.ok("enroll", "Kollega", "keep", stdin=b"Recovery codes:\nq7d2-x9cf\nw4t8-k6mz\n")
    colleague.ok("recovery-passphrase", "set", "--new-passphrase-file", colleague.passphrase_file("the passphrase of a colleague"))
    sealed, password = work / "transfer.age", colleague.passphrase_file("Transfer-123-passphrase")
    colleague.ok("move", "file", "Kollega", "--output", sealed, "--password-file", password)
    a.ok("move", "receive", sealed, "--password-file", password)
    a.ok("move", "waive", "Plausible", "--codes")
    # The passphrase is changed by who knows the old one: its key is kept for machines that have not heard of it.
    a.ok("passphrase", "set", "--new-passphrase-file", a.passphrase_file(FIRST))
    by_identity = a.way
    a.opened_by("--passphrase-file", a.passphrase_file(FIRST))
    a.ok("passphrase", "change", "--new-passphrase-file", a.passphrase_file(PASSPHRASE))
    a.opened_by(*by_identity)
    # The device is removed on purpose.
    [device] = [r["recipient"] for r in a.json("recipients") if r["kind"] == "device"]
    # `fob` looks into this computer's keychain for the key that is gone; there is none here, and the removal holds.
    a.run("recipients", "remove", device, "--yes")
    assert all(r["recipient"] != device for r in a.json("recipients"))
    a.ok("add", "otpauth://steam/Steam:zoe?secret=63BEDWCQZKTQWPESARIERL5DTTQFCJTK")
    out.mkdir(parents=True)
    (out / "snapshots").mkdir()
    for name in ("vault.age", "vault.id", "passphrase.age"):
        shutil.copy(a.vault / name, out)
    shutil.copy(a.vault / "snapshots" / "passphrase.age", out / "snapshots")
    for named in a.json("snapshots")[:3]:
        shutil.copy(a.vault / "snapshots" / named["name"], out / "snapshots")
    shutil.copy(a.identity, out)
    (out / "expected.json").write_text(json.dumps(expected(old, out, a, of_b), indent=1) + "\n")


def expected(old: Path, out: Path, a: Fob, of_b: dict) -> dict:
    """What is in it, as `fob` says; where that is of 1.3, as it was."""
    before = json.loads((old / "expected.json").read_text())
    payload = reader.payload_of(out / "vault.age", out / "identity.txt")
    gone = [field for field in NEW if field not in payload]
    assert payload["minor"] == 4 and not gone, gone
    rows = [[r["issuer"], r["label"], r["type"], r["code"]] for r in a.json("code", "--at", before["at"])]
    assert all(row in rows for row in before["codes"])
    move = json.loads(a.run("--json", "move").stdout)
    live = {row["account"]["issuer"]: row["state"] for row in move["rows"]}
    recovery = {r["issuer"]: [] for r in a.json("list")} | before["recovery"] | {"Kollega": ["unused", "unused"]}
    ended = before["changes"][0]
    ended[3] = {issuer: ended[3].get(issuer, "to_check") for issuer in live}
    name = reader.name_of(payload)
    fork = of_b | {"id": "00000000-0000-4000-8000-000000000000"}
    next_one = name | {"counter": name["counter"] + 1, "id": fork["id"]}
    first = name | {"counter": 1, "id": fork["id"]}
    [twin] = [one for one in a.json("list") if one["issuer"] == "Twin"]
    return before | {
        "codes": rows,
        "recovery": recovery,
        "changes": [ended, [*before["changes"][1][:3], live]],
        "codes_stay": sorted(row["account"]["issuer"] for row in move["rows"] if row["codes_stay"]),
        "passphrase": PASSPHRASE,
        "first_passphrase": FIRST,
        "trash": len(a.json("trash")),
        "snapshots": [s["accounts"] for s in a.json("snapshots")[:3]],
        "versions": [[name, True], [of_b, True], [first, True], [fork, False], [next_one, False]],
        "also": {"Twin": [twin["id"]]},
        "minor": 4,
        "fields": NEW,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="keyfob-vector-") as folder:
        make(Path(folder), Path(sys.argv[1]))
