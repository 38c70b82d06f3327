"""Every state of a real keyring is got past by another key of the vault, nothing is made over it, and this device comes
back; and a new machine is up with a backup and a key."""

import json
import subprocess

from desktop import FIXTURES, Desktop, Keys, wait_for
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
    identity = desktop.keyring_key()
    desktop.clear_keyring()
    for alias in ("default",):
        subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
             "org.freedesktop.Secret.Service.SetAlias", f"string:{alias}", "objpath:/"],
            env=desktop.env, check=True, capture_output=True,
        )
    done = desktop.fob("--json", "code", check=False)
    assert done.returncode == 3, done.stdout
    assert json.loads(done.stderr)["error"]["code"] in ("keychain_no_collection", "keychain_no_key"), done.stderr
    assert len(desktop.fob_json("--identity", key, "code")) == 1
    assert state_of(desktop) == before and identity


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
