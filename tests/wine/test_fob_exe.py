"""fob.exe under Wine: the same use cases, with Windows' Credential Manager as the keychain."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXE = os.environ.get("KEYFOB_EXE", str(ROOT / "target/cross/x86_64-pc-windows-gnu/debug/fob.exe"))
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(scope="module")
def wine(tmp_path_factory):
    """A Windows of its own."""
    home = tmp_path_factory.mktemp("wine")
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "WINEPREFIX": str(home / "prefix"), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml=", "LANG": "C.UTF-8"}
    subprocess.run(["wineboot", "-i"], env=env, check=True, capture_output=True, timeout=300)
    yield env
    subprocess.run(["wineserver", "-k"], env=env, check=False, capture_output=True)


def fob(wine, *arguments, stdin=b"", check=True):
    done = subprocess.run(["wine", EXE, *map(str, arguments)], env=wine, input=stdin, capture_output=True, check=False, timeout=120)
    if check:
        assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done


def rows(wine, *arguments):
    return json.loads(fob(wine, "--json", *arguments).stdout)


def test_adding_keeps_the_key_in_the_credential_manager_and_codes_are_right(wine):
    assert json.loads(fob(wine, "--json", "code", check=False).stderr)["error"]["code"] == "vault_none"
    added = fob(wine, "add", "-", stdin=f"otpauth://totp/GitHub:zoe?secret={SECRET}&issuer=GitHub".encode())
    assert b"Created a vault" in added.stdout
    at = 1_700_000_000
    expected = subprocess.run(["oathtool", "--totp", "--now=2023-11-14 22:13:20 UTC", "-b", SECRET], check=True, capture_output=True, text=True).stdout.strip()
    assert rows(wine, "code", "--at", at)[0]["code"] == expected
    doctor = {f["check"]: f["health"] for f in rows(wine, "doctor")}
    assert doctor["keychain"] == "ok" and doctor["vault"] == "ok"


def test_a_picture_is_read_by_a_contained_child(wine):
    picture = ROOT / "tests/fixtures/two.png"
    codes = rows(wine, "scan", f"Z:{picture}")[0]["codes"]
    assert all(re.match(r"otpauth://totp/(Mirox|Plato)", c["text"]) for c in codes) and len(codes) == 2
    assert fob(wine, "add", f"Z:{picture}").returncode == 0
    assert len(rows(wine, "list")) == 2


def test_a_check_the_clock_and_a_change_of_device_work_there_too(wine):
    at = 1_700_000_000
    other = subprocess.run(["oathtool", "--totp", "--now=2023-11-14 22:18:20 UTC", "-b", SECRET], check=True, capture_output=True, text=True).stdout.strip()
    found = json.loads(fob(wine, "--json", "--at", at, "check", "GitHub", other, check=False).stdout)
    assert (found["result"], found["steps"]) == ("drift", 10)
    clock = json.loads(fob(wine, "--json", "clock", check=False).stdout)
    assert clock["system"] == "windows" and clock["synchronised"] in ("yes", "no", "unknown") and clock["behind"] is None
    # A host on this machine that does not answer.
    asked = json.loads(fob(wine, "--json", "clock", "--online", "https://127.0.0.1:9", check=False).stdout)
    assert asked["online"]["answers"][0]["error"]["code"] in ("time_unreachable", "time_timeout")
    fob(wine, "move", "start", "Phone")
    picture = Path(wine["HOME"]) / "code.png"
    fob(wine, "move", "show", "GitHub", "--output", f"Z:{picture}")
    read = subprocess.run(["zbarimg", "-q", "--raw", str(picture)], check=True, capture_output=True, text=True).stdout
    assert SECRET in read
    # Wine takes its time: a code that ends between the two commands is asked for again.
    for _ in range(3):
        (shown,) = rows(wine, "code", "GitHub")
        if fob(wine, "--json", "move", "check", "GitHub", shown["code"], check=False).returncode == 0:
            break
    else:
        raise AssertionError("the code that fob.exe shows is not in sync with itself")
    fob(wine, "--yes", "move", "drop")


def test_saves_replace_the_file_and_keep_snapshots(wine):
    for n in range(3):
        fob(wine, "add", "-", stdin=f"otpauth://totp/N{n}:x?secret=MFRGGZDFMZTWQ2L{'ABC'[n]}".encode())
    vault = next(Path(wine["WINEPREFIX"]).rglob("vault.age"))
    assert len(list((vault.parent / "snapshots").iterdir())) >= 3
    assert not [p for p in vault.parent.iterdir() if p.name.startswith(".")]


def test_a_vault_that_is_missing_is_no_first_run(wine):
    vault = next(Path(wine["WINEPREFIX"]).rglob("vault.age"))
    away = vault.with_name("away.age")
    vault.rename(away)
    failed = fob(wine, "--json", "add", "-", stdin=b"otpauth://totp/A?secret=MFRGGZDFMZTWQ2LK", check=False)
    assert failed.returncode == 1 and json.loads(failed.stderr)["error"]["code"] == "vault_missing"
    away.rename(vault)
    assert len(rows(wine, "list")) >= 2


def test_keys_are_added_renewed_in_the_second_slot_and_removed(wine):
    key = json.loads(fob(wine, "--json", "--yes", "recovery-key", "new").stdout)["key"]
    home = Path(wine["HOME"])
    (home / "key.txt").write_text(key)
    (home / "passphrase.txt").write_text("correct horse battery\n")
    fob(wine, "passphrase", "set", "--new-passphrase-file", f"Z:{home / 'passphrase.txt'}")
    vault = next(path for path in Path(wine["WINEPREFIX"]).rglob("vault.age"))
    opened = subprocess.run(["age", "-d", "-i", home / "key.txt", vault], capture_output=True, check=False)
    assert opened.returncode == 0 and SECRET.encode() in opened.stdout
    before = {r["kind"]: r["recipient"] for r in rows(wine, "recipients")}
    renewed = json.loads(fob(wine, "--json", "--yes", "recipients", "rekey", "--new-passphrase-file", f"Z:{home / 'passphrase.txt'}").stdout)
    after = {r["kind"]: r["recipient"] for r in renewed["recipients"]}
    assert set(after) == {"device", "passphrase", "recovery_key"} and not set(before.values()) & set(after.values())
    assert len(rows(wine, "list")) >= 2, "the Credential Manager's new item opens it"
    assert subprocess.run(["age", "-d", "-i", home / "key.txt", vault], capture_output=True, check=False).returncode != 0


def test_a_backup_is_made_rehearsed_and_restored(wine):
    home = Path(wine["HOME"])
    disk = home / "disk"
    disk.mkdir()
    [place] = json.loads(fob(wine, "--json", "backup", "--add", f"Z:{disk}").stdout)
    assert place["last"]["accounts"] == len(rows(wine, "list"))
    [made] = disk.iterdir()
    restored = fob(wine, "--json", "--vault", f"Z:{home / 'other'}", "restore", f"Z:{made}", "--backup-passphrase-file", f"Z:{home / 'passphrase.txt'}")
    assert json.loads(restored.stdout)["created_vault"]


def test_a_lock_holds_until_it_is_unlocked(wine):
    fob(wine, "lock")
    assert fob(wine, "list", check=False).returncode == 3
    fob(wine, "unlock")
    assert len(rows(wine, "list")) >= 2
