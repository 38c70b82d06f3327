"""Every state of a real keyring is got past by another key of the vault, nothing is made over it, and this device comes
back; and a new machine is up with a backup and a key."""

import json
import subprocess

from desktop import FIXTURES, Desktop, Keys, wait_for
from test_locking import passphrase_only, type_passphrase
from test_trouble import no_activation, prompt, state_of, trouble


def kept_with_recovery_key(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    key = desktop.new_recovery_key()
    return key, state_of(desktop)


def refused(desktop, code: str):
    done = desktop.fob("--json", "add", FIXTURES / "two.png", check=False)
    assert done.returncode == 3 and json.loads(done.stderr)["error"]["code"] == code, done.stderr
    doctor = json.loads(desktop.fob("--json", "doctor", check=False).stdout)
    bad = [f for f in doctor if f["health"] == "bad"]
    assert bad and all(f["remedy"] for f in bad), doctor
    assert any(f["check"] == "ways in" for f in doctor), doctor


def comes_back(desktop, key):
    """By the recovery key: the codes are there, and the keychain is attached again."""
    assert len(desktop.fob_json("--identity", key, "code")) == 1
    desktop.fob("--identity", key, "recipients", "add-device")
    assert len(desktop.fob_json("code")) == 1
    kinds = [r["kind"] for r in desktop.fob_json("recipients")]
    assert sorted(kinds) == ["device", "recovery_key"], kinds


def test_no_daemon():
    with Desktop() as desktop:
        key, before = kept_with_recovery_key(desktop)
        bus = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        no_activation(desktop)
        refused(desktop, "keychain_missing")
        assert len(desktop.fob_json("--identity", key, "code")) == 1
        assert state_of(desktop) == before
        desktop.env["DBUS_SESSION_BUS_ADDRESS"] = bus
        assert desktop.keyring_items() == 1
        assert len(desktop.fob_json("code")) == 1


def test_emptied_in_the_window(desktop):
    key, _ = kept_with_recovery_key(desktop)
    desktop.clear_keyring()
    refused(desktop, "keychain_no_key")
    with desktop.open_window() as window:
        assert trouble(window) == "keychain_no_key"
        window.press("Other ways in")
        window.type("input[name=recovery_key]", key.read_text().strip().lower(), Keys.ENTER)
        window.one("[role=option]", 30)
        assert desktop.keyring_items() == 0, "no key is made by getting in"
        window.click("[data-settings]")
        window.press("Let this computer")
        window.toast("This computer’s keychain opens the vault now")
    assert desktop.keyring_items() == 1
    assert len(desktop.fob_json("code")) == 1


def test_locked_and_the_question_dismissed(desktop):
    key, before = kept_with_recovery_key(desktop)
    desktop.lock_keyring()
    with desktop.open_window() as window:
        prompt(desktop, "Escape")
        assert trouble(window) == "keychain_locked"
        assert state_of(desktop) == before
        window.press("Other ways in")
        window.type("input[name=recovery_key]", key.read_text().strip(), Keys.ENTER)
        window.one("[role=option]", 30)
    assert desktop.keyring_items() == 1


def test_two_entries(desktop):
    key, before = kept_with_recovery_key(desktop)
    vault_id = (desktop.vault / "vault.id").read_text().strip()
    # Another program, or a restored keyring, has put a second one there.
    subprocess.run(["secret-tool", "store", "--label=second", "service", "app.keyfob.vault", "username", vault_id, "extra", "1"], env=desktop.env, input=b"AGE-SECRET-KEY-1OTHER", check=True)
    assert desktop.keyring_items() == 2
    refused(desktop, "keychain_two_keys")
    assert len(desktop.fob_json("--identity", key, "code")) == 1
    assert state_of(desktop) == before
    subprocess.run(["secret-tool", "clear", "extra", "1"], env=desktop.env, check=True)
    assert len(desktop.fob_json("code")) == 1


def test_no_default_collection(desktop):
    key, before = kept_with_recovery_key(desktop)
    desktop.stop_keyring()
    (desktop.home / "data" / "keyrings").rename(desktop.home / "old-keyrings")
    # Nobody has ever logged in with this keyring, so it has no collection: nothing is found in it, and nothing can be
    # put into it.
    desktop.start_keyring(password=None)
    refused(desktop, "keychain_no_key")
    for command in (["--vault", desktop.home / "other", "add", FIXTURES / "two.png"], ["--identity", key, "recipients", "add-device"]):
        done = desktop.fob("--json", *command, check=False)
        assert done.returncode == 3 and json.loads(done.stderr)["error"]["code"] == "keychain_no_collection", done.stderr
    assert not (desktop.home / "other" / "vault.age").exists() and desktop.keyring_items() == 0
    assert state_of(desktop) == before
    with desktop.open_window("--vault", desktop.home / "another") as window:
        window.press("Type a setup key", 60)
        window.type("[name=key]", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        window.press("Preview")
        window.one("dialog [data-code]")
        window.keys(Keys.ENTER)
        window.one("[data-error=keychain_no_collection]", 30)
        window.shot("keychain-no-collection")
    desktop.stop_keyring()
    desktop.start_keyring()
    comes_back(desktop, key)


def test_another_provider_or_an_empty_keyring_after_a_restart(desktop):
    key, before = kept_with_recovery_key(desktop)
    desktop.stop_keyring()
    keyrings = desktop.home / "data" / "keyrings"
    keyrings.rename(desktop.home / "old-keyrings")
    desktop.start_keyring()
    refused(desktop, "keychain_no_key")
    assert state_of(desktop) == before and desktop.keyring_items() == 0
    comes_back(desktop, key)
    assert desktop.keyring_items() == 1


def test_the_daemon_was_restarted(desktop):
    _, before = kept_with_recovery_key(desktop)
    desktop.stop_keyring()
    desktop.start_keyring()
    assert len(desktop.fob_json("code")) == 1
    assert state_of(desktop) == before and desktop.keyring_items() == 1


def test_two_vaults_on_one_keychain(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    other = desktop.home / "other"
    desktop.fob("--vault", other, "add", "otpauth://totp/Other:x?secret=MFRGGZDFMZTWQ2LK")
    assert desktop.keyring_items() == 2
    assert [r["issuer"] for r in desktop.fob_json("--vault", other, "code")] == ["Other"]
    assert "Other" not in [r["issuer"] for r in desktop.fob_json("code")]
    # One is lost: nothing of the other is taken for it.
    for path in sorted(other.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    done = desktop.fob("--json", "--vault", other, "add", "otpauth://totp/New:x?secret=MFRGGZDFMZTWQ2LM", check=False)
    assert json.loads(done.stderr)["error"]["code"] == "vault_missing"
    assert len(desktop.fob_json("code")) == 1 and desktop.keyring_items() == 2


def test_a_new_machine_is_up_with_a_backup_and_the_printed_key(desktop):
    desktop.fob("add", FIXTURES / "two.png")
    key = desktop.new_recovery_key().read_text().strip()
    disk = desktop.home / "disk"
    disk.mkdir()
    desktop.fob("backup", disk)
    [backup] = disk.iterdir()
    codes = desktop.fob_json("code", "--at", "59")
    with Desktop() as machine:
        file = machine.home / backup.name
        file.write_bytes(backup.read_bytes())
        with machine.open_window() as window:
            window.press("I have a backup", 60)
            window.press("Choose the backup file")
            machine.choose_file(file)
            window.press("Use the recovery key", 30)
            window.type("input[name=recovery_key]", key, Keys.ENTER)
            wait_for(lambda: len(window.all("[role=option]")) == 2, 30, why="the accounts are not back")
            window.shot("restored")
        assert machine.keyring_items() == 1
        assert [r["code"] for r in machine.fob_json("code", "--at", "59")] == [r["code"] for r in codes]


def test_a_damaged_vault_is_set_aside_in_the_window(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    desktop.fob("add", "otpauth://totp/Xenia:x?secret=MFRGGZDFMZTWQ2LK")
    path = desktop.vault / "vault.age"
    damaged = path.read_bytes()[:-9]
    path.write_bytes(damaged)
    with desktop.open_window() as window:
        assert trouble(window) == "vault_damaged"
        window.press("Look for a past version")
        window.one("[data-offer]")
        window.shot("offer")
        window.press("Put it in place")
        window.one("[role=option]", 30)
    [aside] = desktop.vault.glob("vault.age.set-aside-*")
    assert aside.read_bytes() == damaged


def test_a_damaged_vault_that_only_a_passphrase_opens_is_got_past_in_the_window(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    desktop.fob("add", "otpauth://totp/Xenia:x?secret=MFRGGZDFMZTWQ2LK")
    passphrase_only(desktop)
    path = desktop.vault / "vault.age"
    damaged = path.read_bytes()[:-9]
    path.write_bytes(damaged)
    with desktop.open_window() as window:
        window.one("[data-locked]", 60)
        type_passphrase(window)
        assert trouble(window) == "vault_damaged"
        window.press("Look for a past version")
        window.one("[data-offer]", 60)
        window.shot("offer-after-passphrase")
        window.press("Put it in place")
        window.one("[role=option]", 60)
    [aside] = desktop.vault.glob("vault.age.set-aside-*")
    assert aside.read_bytes() == damaged


def test_a_forged_vault_is_named_in_the_window_and_a_past_version_put_back(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    desktop.fob("add", "otpauth://totp/Xenia:x?secret=MFRGGZDFMZTWQ2LK")
    # What anyone can do who knows the recipients, which a copy of an opened vault tells: another vault, sealed to them.
    identity = desktop.secret_file("key.txt", desktop.keyring_key().decode())
    path = desktop.vault / "vault.age"
    content = json.loads(subprocess.run(["age", "-d", "-i", identity, path], check=True, capture_output=True).stdout)
    content["lineage"], content["accounts"], content["generation"] = "A" * 43 + "=", [], 999
    recipients = [part for r in content["recipients"] for part in ("-r", r["recipient"])]
    forged = subprocess.run(["age", *recipients], input=json.dumps(content).encode(), check=True, capture_output=True).stdout
    path.write_bytes(forged)
    done = desktop.fob("--json", "add", FIXTURES / "two.png", check=False)
    assert json.loads(done.stderr)["error"]["code"] == "vault_forged"
    with desktop.open_window() as window:
        assert trouble(window) == "vault_forged"
        window.shot("vault-forged")
        window.press("Look for a past version")
        window.one("[data-offer]", 60)
        window.press("Put it in place")
        window.one("[role=option]", 60)
        assert len(window.codes()) == 2, "what was saved since comes from outside of the folder"
    [aside] = desktop.vault.glob("vault.age.set-aside-*")
    assert aside.read_bytes() == forged


def test_an_old_copy_under_an_open_window_is_named_and_costs_nothing(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    path = desktop.vault / "vault.age"
    old = path.read_bytes()
    desktop.fob("add", "otpauth://totp/Xenia:x?secret=MFRGGZDFMZTWQ2LK")
    with desktop.open_window() as window:
        wait_for(lambda: len(window.codes()) == 2, why="no codes")
        path.write_bytes(old)
        window.one("[data-notice=replaced]", 30)
        window.shot("replaced")
        assert len(window.codes()) == 2
        window.keys(Keys.DELETE)
        window.toast("in the trash")
    assert len(desktop.fob_json("list")) == 1 and len(desktop.fob_json("trash")) == 1


def test_an_old_copy_is_named_by_fob_and_costs_nothing(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    path = desktop.vault / "vault.age"
    old = path.read_bytes()
    desktop.fob("add", "otpauth://totp/Xenia:x?secret=MFRGGZDFMZTWQ2LK")
    path.write_bytes(old)
    # What this machine keeps outside of the folder is newer, and is put back.
    listed = desktop.fob("list")
    assert b"older than what this machine has seen" in listed.stderr
    assert b"Xenia" in listed.stdout
    assert path.read_bytes() != old
