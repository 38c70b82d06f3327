"""One vault on several machines: a folder that something copies to and fro, two programs at once, and a passphrase that changed.

What plays Dropbox is `shutil`; what opens files is stock age and `fob`; the keyring is a real gnome-keyring.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading

import pytest

from fob import ROOT, Fob
from test_keys import age, age_by_passphrase, new_recovery_key, sealed_files

sys.path.insert(0, str(ROOT / "tests" / "vectors"))
import reader  # noqa: E402

#: What a sync calls the version that lost.
CONFLICTED = "vault (zoe's conflicted copy 2026-11-28).age"
ROUNDS = 10


def uri(name: str) -> str:
    import base64

    secret = base64.b32encode(name.encode().ljust(20, b"."))
    return f"otpauth://totp/{name}:zoe?secret={secret.decode()}&issuer={name}"


def names(fob) -> list[str]:
    return sorted(row["issuer"] for row in fob.json("list"))


def arrives(source, target, as_name="vault.age"):
    """The sync brings a vault file from one machine's folder into the other's, with the time at which it was saved."""
    shutil.copy(source.vault / "vault.age", target.vault / as_name)
    settled(target.vault / as_name)


def settled(path):
    """A file of a minute ago: what has just arrived may still be changing, so it is moved away at a later look."""
    past = path.stat().st_mtime - 60
    os.utime(path, (past, past))


def payload(fob):
    return reader.payload_of(fob.vault / "vault.age", fob.identity)


@pytest.fixture
def two(tmp_path_factory):
    """Two machines with one vault, each with a folder of its own; both open it with one identity file."""
    a, b = (Fob(tmp_path_factory.mktemp(name)) for name in ("a", "b"))
    a.ok("add", uri("Shared"))
    b.identity.write_text(a.identity.read_text())
    shutil.copytree(a.vault, b.vault)
    assert names(b) == ["Shared"]
    return a, b


def test_a_conflicted_copy_is_taken_in_and_moved_away_and_the_two_come_to_rest(two):
    a, b = two
    a.ok("add", uri("Here"))
    b.ok("add", uri("There"))
    arrives(b, a, CONFLICTED)
    arrives(a, b, CONFLICTED)
    assert names(a) == names(b) == ["Here", "Shared", "There"]
    for fob in two:
        assert not (fob.vault / CONFLICTED).exists()
        assert len(list(fob.vault.glob("vault.age.set-aside-*"))) == 1
    # Now the files go to and fro. Each says the same as the other, so after a while nobody saves any more.
    for _ in range(3):
        arrives(a, b)
        assert names(b) == ["Here", "Shared", "There"]
        arrives(b, a)
        assert names(a) == ["Here", "Shared", "There"]
    rest = (a.vault / "vault.age").read_bytes()
    arrives(a, b)
    names(b), names(a)
    assert (a.vault / "vault.age").read_bytes() == (b.vault / "vault.age").read_bytes() == rest


def test_what_is_contained_is_moved_away_and_nothing_is_saved(two):
    a, b = two
    a.ok("add", uri("Later"))
    arrives(b, a, CONFLICTED)
    assert reader.is_contained(payload(a), reader.payload_of(a.vault / CONFLICTED, a.identity))
    before = (a.vault / "vault.age").read_bytes()
    assert names(a) == ["Later", "Shared"]
    assert (a.vault / "vault.age").read_bytes() == before and not (a.vault / CONFLICTED).exists()


def test_a_file_that_is_none_of_the_vaults_is_left_where_it_is(two, tmp_path_factory):
    a, _ = two
    other = Fob(tmp_path_factory.mktemp("other"))
    other.identity.write_text(a.identity.read_text())
    other.ok("add", uri("Foreign"))
    arrives(other, a, "notes.age")
    (a.vault / "letter.age").write_bytes(b"age-encryption.org/v1\nrubbish")
    for _ in range(2):
        assert names(a) == ["Shared"]
    assert (a.vault / "notes.age").exists() and (a.vault / "letter.age").exists()


def test_one_account_that_two_machines_added_is_one_account(two):
    a, b = two
    a.ok("add", uri("Twin"))
    b.ok("add", uri("Twin"))
    arrives(b, a, CONFLICTED)
    assert names(a) == ["Shared", "Twin"]
    [twin] = [one for one in reader.read_vault(a.vault / "vault.age", a.identity) if one.issuer == "Twin"]
    assert len(twin.ids) == 2 and twin.id == min(twin.ids)


def test_a_used_recovery_code_stays_used_when_the_files_meet(two):
    a, b = two
    a.ok("enroll", "Shared", "keep", stdin=b"Recovery codes:\n8f2k-q9zd\nm4x7-t1pw\n")
    arrives(a, b)
    a.ok("recovery", "Shared", "use")
    a.ok("recovery", "Shared", "answer", "worked")
    b.ok("add", uri("Other"))
    arrives(b, a, CONFLICTED)
    assert names(a) == ["Other", "Shared"]
    [shared] = [one for one in reader.read_vault(a.vault / "vault.age", a.identity) if one.issuer == "Shared"]
    assert [state for _, state in shared.recovery_codes()] == ["used", "unused"]


def test_a_changed_passphrase_makes_an_old_file_worthless(fob):
    fob.ok("add", uri("Early"))
    old, new = "the old passphrase", "the new passphrase"
    fob.ok("passphrase", "set", "--new-passphrase-file", fob.passphrase_file(old))
    history = fob.folder / "history"
    history.mkdir()
    shutil.copy(fob.vault / "passphrase.age", history)
    shutil.copy(fob.vault / "vault.age", history)
    assert age_by_passphrase(history, old) is not None
    fob.opened_by("--passphrase-file", fob.passphrase_file(old))
    fob.ok("passphrase", "change", "--new-passphrase-file", fob.passphrase_file(new))
    fob.opened_by("--passphrase-file", fob.passphrase_file(new))
    fob.ok("add", uri("Late"))
    # The file of before, out of the history of a sync, with every vault file that was saved since.
    for path in sealed_files(fob):
        shutil.copy(path, history / "vault.age")
        assert age_by_passphrase(history, old) is None, path
    assert len(age_by_passphrase(fob.vault, new)["accounts"]) == 2
    noted = reader.passphrase_file(payload(fob))
    assert noted == (fob.vault / "passphrase.age").read_bytes() == (fob.vault / "snapshots" / "passphrase.age").read_bytes()


def test_an_old_passphrase_file_that_a_sync_puts_back_is_put_right(fob):
    fob.ok("add", uri("Early"))
    fob.ok("passphrase", "set", "--new-passphrase-file", fob.passphrase_file("the old passphrase"))
    old = (fob.vault / "passphrase.age").read_bytes()
    by_identity = list(fob.way)
    fob.opened_by("--passphrase-file", fob.passphrase_file("the old passphrase"))
    fob.ok("passphrase", "change", "--new-passphrase-file", fob.passphrase_file("the new passphrase"))
    right = (fob.vault / "passphrase.age").read_bytes()
    fob.opened_by(*by_identity)
    (fob.vault / "passphrase.age").write_bytes(old)
    assert names(fob) == ["Early"]
    assert (fob.vault / "passphrase.age").read_bytes() == right != old


def test_what_a_sync_lays_over_the_file_comes_back_from_the_copy_outside(keyring, tmp_path_factory):
    a, b = (Fob(tmp_path_factory.mktemp(name)) for name in ("a", "b"))
    keyring.serve(a)
    a.ok("add", uri("Shared"))
    shutil.copy(new_recovery_key(a), b.identity)
    shutil.copy(b.identity, a.identity)
    shutil.copytree(a.vault, b.vault)
    b.ok("add", uri("There"))
    a.ok("add", uri("Here"))
    kept = [p for p in (a.folder / "state").rglob("vault.age")]
    assert [path.read_bytes() for path in kept] == [(a.vault / "vault.age").read_bytes()]
    # The last writer wins: what A saved is in no file of the folder any more, its past versions either.
    shutil.rmtree(a.vault)
    shutil.copytree(b.vault, a.vault)
    assert names(a) == ["Here", "Shared", "There"]
    assert {one["names"]["issuer"] for one in age(a.vault / "vault.age", b.identity)["accounts"]} == {"Here", "Shared", "There"}
    arrives(a, b)
    assert names(b) == ["Here", "Shared", "There"]
    # B's keychain is no recipient: nothing is kept of the vault outside of the folder.
    assert not list((b.folder / "state").rglob("vault.age"))


def test_two_renewals_of_all_keys_at_once_leave_a_vault_that_opens(keyring, fob):
    keyring.serve(fob)
    fob.ok("add", uri("One"))
    fob.ok("add", uri("Two"))
    vault = (fob.vault / "vault.id").read_text().strip()
    for round in range(ROUNDS):
        done = []
        threads = [threading.Thread(target=lambda: done.append(fob.run("--json", "recipients", "rekey", "--yes"))) for _ in range(2)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        codes = [json.loads(d.stderr)["error"]["code"] if d.returncode else "ok" for d in done]
        print(f"round {round}: {sorted(codes)}")
        assert b"panicked" not in b"".join(d.stderr for d in done)
        assert names(fob) == ["One", "Two"]
        keys = []
        for number, key in enumerate(keyring.keys(vault)):
            keys.append(fob.folder / f"key-{number}")
            keys[-1].write_text(key + "\n")
        assert any(age(fob.vault / "vault.age", key) for key in keys)
        # The newest past version with accounts opens by the keychain too: by stock age, and by fob.
        newest = fob.json("snapshots")[0]["name"]
        assert any(age(fob.vault / "snapshots" / newest, key) for key in keys)
        assert len(fob.json("snapshots", newest)["accounts"]) >= 1
    for path in sealed_files(fob):
        assert any(age(path, key) for key in keys), path


def test_a_version_that_no_key_opened_is_taken_in_by_a_key_that_comes_later(two):
    a, b = two
    key = new_recovery_key(b)
    recipient = subprocess.run(["age-keygen", "-y", key], check=True, capture_output=True, text=True).stdout.strip()
    b.ok("add", uri("There"))
    # A version of B that is sealed to B's new key alone, as when A's was replaced meanwhile.
    content = json.dumps(payload(b)).encode()
    sealed = subprocess.run(["age", "-r", recipient], input=content, check=True, capture_output=True).stdout
    (a.vault / CONFLICTED).write_bytes(sealed)
    settled(a.vault / CONFLICTED)
    assert names(a) == ["Shared"] and (a.vault / CONFLICTED).exists()
    # A gets that key, too.
    newest = max((b.vault / "snapshots").glob("*Z*.age"))
    shutil.copy(newest, a.vault / "vault.age")
    settled(a.vault / "vault.age")
    a.opened_by("--identity", key)
    assert names(a) == ["Shared", "There"]


def test_a_vault_whose_snapshots_a_sync_has_left_out_can_still_be_saved(fob):
    fob.ok("add", uri("One"))
    shutil.rmtree(fob.vault / "snapshots")
    fob.ok("add", uri("Two"))
    assert names(fob) == ["One", "Two"]
def test_what_a_removed_computer_saves_waits_until_a_person_takes_it(keyring, two):
    a, b = two
    there = b.way
    keyring.serve(b)
    b.opened_by(*there)
    b.ok("recipients", "add-device")
    arrives(b, a)
    [device] = [r["recipient"] for r in a.json("recipients") if r["kind"] == "device"]
    a.ok("recipients", "remove", device, "--yes")
    b.ok("add", uri("Late"))
    arrives(b, a, CONFLICTED)
    assert names(a) == ["Shared"]
    [waiting] = a.json("waiting")
    assert (waiting["accounts"], waiting["new_accounts"]) == (2, 1)
    assert any(finding["check"] == "waiting" for finding in json.loads(a.run("--json", "doctor").stdout))
    # Nothing is taken in without a yes.
    assert a.error("waiting", "take", waiting["name"])[0] == 2 and names(a) == ["Shared"]
    a.ok("waiting", "take", waiting["name"], "--yes")
    assert names(a) == ["Late", "Shared"] and a.json("waiting") == []
    assert all(r["recipient"] != device for r in a.json("recipients"))


def test_a_file_sealed_to_others_is_not_written_over_until_a_person_says_so(keyring, fob):
    keyring.serve(fob)
    fob.ok("add", uri("Mine"))
    stranger = fob.folder / "stranger"
    subprocess.run(["age-keygen", "-o", stranger], check=True, capture_output=True)
    recipient = subprocess.run(["age-keygen", "-y", stranger], check=True, capture_output=True, text=True).stdout.strip()
    theirs = subprocess.run(["age", "-r", recipient], input=b"{}", check=True, capture_output=True).stdout
    (fob.vault / "vault.age").write_bytes(theirs)
    assert names(fob) == ["Mine"]
    fob.ok("add", uri("Later"))
    fob.ok("add", uri("Last"))
    assert names(fob) == ["Last", "Later", "Mine"]
    assert (fob.vault / "vault.age").read_bytes() == theirs
    # One file beside it, the newest.
    assert len(list(fob.vault.glob("vault.age.beside-*"))) == 1
    assert any(finding["check"] == "beside" for finding in json.loads(fob.run("--json", "doctor").stdout))
    assert b"fob waiting replace" in fob.ok("waiting")
    assert fob.error("waiting", "replace")[0] == 2
    fob.ok("waiting", "replace", "--yes")
    assert names(fob) == ["Last", "Later", "Mine"]
    assert [path.read_bytes() for path in fob.vault.glob("vault.age.set-aside-*")] == [theirs]
    assert not list(fob.vault.glob("vault.age.beside-*"))
    vault = (fob.vault / "vault.id").read_text().strip()
    key = fob.folder / "key"
    key.write_text(keyring.keys(vault)[0] + "\n")
    assert len(age(fob.vault / "vault.age", key)["accounts"]) == 3
