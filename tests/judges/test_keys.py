"""Recovery keys, passphrases, snapshots and backups, judged by stock age, Python's zipfile and zbarimg."""

import json
import os
import pty
import re
import subprocess
import zipfile

import pytest

from fob import Fob

URI = "otpauth://totp/GitHub:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=GitHub"
OTHER = "otpauth://totp/Xenia:x?secret=MFRGGZDFMZTWQ2LK"


def age(vault, identity) -> dict | None:
    """What stock age reads of a sealed file with an identity file; nothing, where it does not open."""
    done = subprocess.run(["age", "-d", "-i", identity, vault], capture_output=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def age_by_passphrase(folder, passphrase: str) -> dict | None:
    """As a person does without Keyfob: `age -d -i passphrase.age vault.age`, and the passphrase typed."""
    out = folder / "plain.json"
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("age", ["age", "-d", "-i", str(folder / "passphrase.age"), "-o", str(out), str(folder / "vault.age")])
    said = b""
    while b"assphrase" not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, passphrase.encode() + b"\n")
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:
        pass
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    if os.waitstatus_to_exitcode(status) != 0:
        return None
    content = json.loads(out.read_text())
    out.unlink()
    return content


def new_recovery_key(fob, *more):
    key = fob.json("recovery-key", "new", "--yes", *more)["key"]
    path = fob.folder / f"recovery-{key[-4:]}.txt"
    path.write_text(key + "\n")
    return path


def sealed_files(fob):
    return [fob.vault / "vault.age", *(p for p in (fob.vault / "snapshots").glob("*Z*.age"))]


def test_stock_age_opens_the_vault_and_every_snapshot_by_the_recovery_key(fob):
    fob.ok("add", URI)
    fob.ok("add", OTHER)
    key = new_recovery_key(fob)
    files = sealed_files(fob)
    assert len(files) > 3 and all(age(path, key) for path in files)
    assert len(age(fob.vault / "vault.age", key)["accounts"]) == 2


def test_a_replaced_recovery_key_opens_nothing_any_more(fob):
    fob.ok("add", URI)
    old = new_recovery_key(fob)
    new = new_recovery_key(fob, "--instead")
    assert all(age(path, new) and age(path, old) is None for path in sealed_files(fob))
    removed = age(fob.vault / "vault.age", new)["removed_recipients"]
    assert [r["kind"] for r in removed] == ["recovery_key"]


def test_a_recovery_key_opens_by_fob_however_it_is_typed_and_is_proved(fob):
    fob.ok("add", URI)
    key = new_recovery_key(fob).read_text().strip()
    by_kind = lambda: {r["kind"]: r for r in fob.json("recipients")}
    assert by_kind()["recovery_key"]["proved_at"] is None
    assert fob.error("recovery-key", "prove", stdin=key[:-1].encode()) == (5, "recovery_key_invalid")
    fob.ok("recovery-key", "prove", stdin=" ".join(re.findall(".{1,4}", key[16:].lower())).encode())
    assert by_kind()["recovery_key"]["proved_at"]


def test_the_kit_has_the_key_and_a_qr_code_of_it(fob):
    fob.ok("add", URI)
    kit = fob.folder / "kit.html"
    assert fob.json("recovery-key", "new", "--yes", "--kit", kit)["key"] is None
    page = kit.read_text()
    key = re.search("AGE-SECRET-KEY-1[A-Z0-9]{58}", page)[0]
    assert oct(kit.stat().st_mode & 0o777) == "0o600"
    (fob.folder / "key.txt").write_text(key)
    assert age(fob.vault / "vault.age", fob.folder / "key.txt")
    shot = fob.folder / "kit.png"
    subprocess.run(["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--window-size=900,1300", f"--screenshot={shot}", f"file://{kit}"], check=True, capture_output=True, env={**os.environ, "HOME": str(fob.folder)})
    read = subprocess.run(["zbarimg", "--quiet", "--raw", shot], check=True, capture_output=True, text=True)
    assert read.stdout.strip() == key


def test_stock_age_opens_the_vault_by_the_passphrase(fob):
    fob.ok("add", URI)
    fob.ok("passphrase", "set", "--new-passphrase-file", fob.passphrase_file("correct horse battery"))
    assert len(age_by_passphrase(fob.vault, "correct horse battery")["accounts"]) == 1
    assert age_by_passphrase(fob.vault, "wrong horse battery") is None


def test_changing_the_passphrase_makes_a_new_key_and_the_old_one_opens_nothing(fob):
    fob.ok("add", URI)
    old, new = fob.passphrase_file("the old passphrase"), fob.passphrase_file("the new passphrase")
    fob.ok("passphrase", "set", "--new-passphrase-file", old)
    recipient = lambda: [r["recipient"] for r in age(fob.vault / "vault.age", fob.identity)["recipients"] if r["kind"] == "passphrase"]
    before = recipient()
    fob.opened_by("--passphrase-file", old)
    fob.ok("passphrase", "change", "--new-passphrase-file", new)
    assert len(recipient()) == 1 and recipient() != before
    assert fob.error("list") == (3, "passphrase_wrong")
    fob.opened_by("--passphrase-file", new)
    assert len(fob.json("list")) == 1
    assert age_by_passphrase(fob.vault, "the old passphrase") is None
    assert (fob.vault / "snapshots" / "passphrase.age").read_bytes() == (fob.vault / "passphrase.age").read_bytes()


def test_a_vault_can_be_made_and_used_with_a_passphrase_alone(tmp_path):
    fob = Fob(tmp_path)
    fob.opened_by("--passphrase-file", fob.passphrase_file("no keychain here"))
    fob.ok("init")
    fob.ok("add", URI)
    assert [r["kind"] for r in fob.json("recipients")] == ["passphrase"]
    assert len(age_by_passphrase(fob.vault, "no keychain here")["accounts"]) == 1
    fob.opened_by()
    assert fob.error("code") == (3, "vault_locked")


def test_wrong_passphrases_wait_longer_and_a_restart_does_not_help(fob):
    fob.ok("add", URI)
    fob.ok("passphrase", "set", "--new-passphrase-file", fob.passphrase_file("correct horse battery"))
    files = {p: p.read_bytes() for p in fob.vault.rglob("*") if p.is_file()}
    fob.opened_by("--passphrase-file", fob.passphrase_file("wrong horse battery"))
    codes = [fob.error("list")[1] for _ in range(6)]
    assert codes[:4] == ["passphrase_wrong"] * 4 and "passphrase_too_soon" in codes
    assert {p: p.read_bytes() for p in fob.vault.rglob("*") if p.is_file()} == files


def test_the_last_key_and_the_one_in_use_are_not_removed_just_so(fob):
    fob.ok("add", URI)
    assert fob.error("recipients", "remove", "identity_file", "--yes") == (1, "recipient_last")
    key = new_recovery_key(fob)
    assert fob.error("recipients", "remove", "identity_file", "--yes") == (3, "recipient_proof")
    fob.ok("recipients", "remove", "identity_file", "--yes", "--proof-identity", key)
    assert fob.error("list") == (3, "vault_other_key")
    assert all(age(path, key) and age(path, fob.identity) is None for path in sealed_files(fob))


def test_a_backup_is_a_zip_that_stock_age_opens_and_a_new_machine_restores(fob, tmp_path_factory):
    fob.ok("add", URI)
    fob.ok("add", OTHER)
    key = new_recovery_key(fob)
    fob.ok("passphrase", "set", "--new-passphrase-file", fob.passphrase_file("correct horse battery"))
    disk = fob.folder / "disk"
    disk.mkdir()
    [place] = fob.json("backup", "--add", disk, "--every", "1")
    assert place["last"]["accounts"] == 2 and place["failed"] is None
    [made] = disk.iterdir()
    unpacked = fob.folder / "unpacked"
    zipfile.ZipFile(made).extractall(unpacked)
    assert {p.name for p in unpacked.iterdir()} == {"vault.age", "passphrase.age", "vault.id", "HOW-TO-OPEN.txt"}
    assert len(age(unpacked / "vault.age", key)["accounts"]) == 2
    assert len(age_by_passphrase(unpacked, "correct horse battery")["accounts"]) == 2

    machine = Fob(tmp_path_factory.mktemp("machine"))
    machine.opened_by("--identity", key)
    restored = machine.json("restore", made)
    assert restored["created_vault"] and len(restored["added"]) == 2
    assert [r["code"] for r in machine.json("code", "--at", 59)] == [r["code"] for r in fob.json("code", "--at", 59)]


def test_backups_are_made_after_each_change_and_as_many_are_kept_as_were_chosen(fob):
    fob.ok("add", URI)
    disk = fob.folder / "disk"
    disk.mkdir()
    fob.ok("backup", "--add", disk, "--keep", "2")
    for n in range(4):
        fob.ok("add", f"otpauth://totp/S{n}:x?secret=JBSWY3DPEHPK3PX{'ABCD'[n]}")
    names = sorted(p.name for p in disk.iterdir())
    assert len(names) == 2
    generation = age(fob.vault / "vault.age", fob.identity)["generation"]
    assert f"{generation:012}" in names[1]


def test_a_backup_that_fails_is_loud_and_the_change_is_saved(fob):
    fob.ok("add", URI)
    disk = fob.folder / "disk"
    disk.mkdir()
    fob.ok("backup", "--add", disk)
    for path in disk.iterdir():
        path.unlink()
    disk.rmdir()
    done = fob.run("add", OTHER)
    assert done.returncode == 0 and b"backup" in done.stderr
    assert fob.error("backup") == (1, "backup_failed")
    doctor = fob.run("--json", "doctor")
    assert doctor.returncode == 1
    assert {f["check"]: f["health"] for f in json.loads(doctor.stdout)}["backup"] == "bad"


def test_a_restore_merges_into_a_standing_vault_and_says_what_it_did(fob):
    fob.ok("add", URI)
    fob.ok("add", OTHER)
    made = fob.folder / fob.json("backup", fob.folder)["file"]
    fob.ok("delete", "Xenia")
    fob.ok("trash", "empty", "--yes")
    fob.ok("add", "otpauth://totp/C:c?secret=MFRGGZDFMZTWQ2LM")
    report = fob.json("restore", made)
    assert (len(report["added"]), report["same"], report["purged"]) == (0, 1, 1)
    assert [r["issuer"] for r in fob.json("list")] == ["C", "GitHub"]


def test_what_was_deleted_for_good_is_in_no_file_of_the_vault(fob):
    fob.ok("add", URI)
    fob.ok("add", OTHER)
    fob.ok("delete", "Xenia")
    assert [t["account"]["issuer"] for t in fob.json("trash")] == ["Xenia"]
    fob.ok("trash", "delete", "Xenia", "--yes")
    for path in sealed_files(fob):
        assert "MFRGGZDFMZTWQ2LK" not in json.dumps(age(path, fob.identity)), path


def test_a_past_version_is_looked_into_and_one_account_of_it_put_back(fob):
    fob.ok("add", URI)
    fob.ok("add", OTHER)
    fob.ok("delete", "GitHub")
    name = fob.json("snapshots")[0]["name"]
    rows = {a["account"]["issuer"]: a["difference"] for a in fob.json("snapshots", name)["accounts"]}
    assert rows == {"GitHub": "in_trash", "Xenia": "same"}
    fob.ok("restore", "--snapshot", name, "--only", "GitHub")
    assert len(fob.json("list")) == 2
    assert fob.error("snapshots", "../vault.age") == (5, "snapshot_none")


def test_a_damaged_vault_is_set_aside_and_a_snapshot_takes_its_place(fob):
    fob.ok("add", URI)
    fob.ok("add", OTHER)
    path = fob.vault / "vault.age"
    damaged = path.read_bytes()[:-30]
    path.write_bytes(damaged)
    assert fob.error("list") == (5, "vault_damaged")
    fob.ok("restore", "--damaged", "--yes")
    assert [r["issuer"] for r in fob.json("list")] == ["GitHub"]
    [aside] = fob.vault.glob("vault.age.set-aside-*")
    assert aside.read_bytes() == damaged


def test_a_vault_made_by_someone_who_knows_the_recipients_is_named(fob):
    fob.ok("add", URI)
    fob.ok("add", OTHER)
    whole = (fob.vault / "vault.age").read_bytes()
    content = age(fob.vault / "vault.age", fob.identity)
    content["generation"] += 5
    content["lineage"] = "A" * 43 + "="
    content["accounts"] = []
    recipients = [word for r in content["recipients"] for word in ("-r", r["recipient"])]
    forged = subprocess.run(["age", *recipients], input=json.dumps(content).encode(), check=True, capture_output=True).stdout
    (fob.vault / "vault.age").write_bytes(forged)
    for command in (["list"], ["add", "otpauth://totp/C:c?secret=MFRGGZDFMZTWQ2LM"]):
        assert fob.error(*command) == (5, "vault_forged")
    assert (fob.vault / "vault.age").read_bytes() == forged
    (fob.vault / "vault.age").write_bytes(whole)
    assert len(fob.json("list")) == 2
    (fob.vault / "vault.age").write_bytes(forged)
    fob.ok("restore", "--accept", "--yes")
    assert fob.json("list") == []


def test_another_vault_in_the_same_place_is_named(fob, tmp_path_factory):
    fob.ok("add", URI)
    other = Fob(tmp_path_factory.mktemp("other"))
    other.identity.write_text(fob.identity.read_text())
    other.ok("add", OTHER)
    (fob.vault / "vault.age").write_bytes((other.vault / "vault.age").read_bytes())
    assert fob.error("list") == (5, "vault_replaced")


def test_a_copy_of_the_vault_elsewhere_is_named(fob):
    fob.ok("add", URI)
    here = fob.vault
    fob.vault = fob.folder / "copy"
    subprocess.run(["cp", "-r", here, fob.vault], check=True)
    assert len(fob.json("list")) == 1
    copies = [f for f in json.loads(fob.run("--json", "doctor").stdout) if f["check"] == "copies"]
    assert str(here) in copies[0]["message"]


@pytest.mark.parametrize("text", [b"", b"rubbish", b"PK\x05\x06" + bytes(18), b"age-encryption.org/v1\n"])
def test_what_is_no_backup_is_refused_and_changes_nothing(fob, text):
    fob.ok("add", URI)
    before = (fob.vault / "vault.age").read_bytes()
    (fob.folder / "x.zip").write_bytes(text)
    status, code = fob.error("restore", fob.folder / "x.zip")
    assert (status, code) in [(5, "backup_unreadable"), (5, "vault_damaged")]
    assert (fob.vault / "vault.age").read_bytes() == before


def test_settings_that_cannot_be_read_are_set_aside(fob):
    fob.ok("add", URI)
    settings = fob.folder / ".config" / "keyfob" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"backups": 3}')
    assert len(fob.json("list")) == 1
    assert settings.with_name("settings.json.bad").read_text() == '{"backups": 3}'
