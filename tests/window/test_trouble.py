"""Keychains and vaults that are not as they should be: no new key, nothing touched, a screen, and a way back."""

import shutil
import subprocess
import time

import pytest

from desktop import FIXTURES, Desktop, wait_for


def state_of(desktop):
    """Every byte of the vault's folder."""
    return {p.relative_to(desktop.vault): p.read_bytes() for p in desktop.vault.rglob("*") if p.is_file() and p.name != "vault.lock"}


def trouble(window) -> str:
    return window.attribute("[data-trouble]", "data-trouble", 30)


def try_again(window):
    window.press("Try again")


def kept(desktop):
    """A vault with one account, made with the keychain."""
    desktop.fob("add", FIXTURES / "enroll.png")
    return state_of(desktop)


def test_keychain_absent_then_there():
    with Desktop(keyring=False) as desktop:
        # The session bus could start a keyring by itself; here it must not.
        no_activation(desktop)
        with desktop.open_window() as window:
            assert trouble(window) == "keychain_missing"
            window.shot("keychain-missing")
            assert not desktop.vault.exists()
            desktop.start_keyring()
            try_again(window)
            wait_for(lambda: window.first("h1", lambda h: "Show Keyfob a QR code" in h.text), why="the first run did not show")
    assert desktop.fob("doctor", check=False).returncode == 1


def no_activation(desktop):
    """A bus that starts no services: what a system without a keyring is."""
    import desktop as module

    config = desktop.home / "bus.conf"
    config.write_text(
        '<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">'
        f"<busconfig><type>session</type><listen>unix:dir={desktop.home}/run</listen>"
        '<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>'
    )
    bus = desktop.spawn("dbus-daemon", f"--config-file={config}", "--nofork", "--print-address", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    desktop.env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
    return module


def test_keychain_absent_while_a_vault_exists():
    with Desktop() as desktop:
        before = kept(desktop)
        bus = desktop.env["DBUS_SESSION_BUS_ADDRESS"]
        no_activation(desktop)
        done = desktop.fob("--json", "code", check=False)
        assert done.returncode == 3 and b"keychain_missing" in done.stderr
        with desktop.open_window() as window:
            assert trouble(window) == "keychain_missing"
            assert state_of(desktop) == before
        desktop.env["DBUS_SESSION_BUS_ADDRESS"] = bus
        assert len(desktop.fob_json("code")) == 1
        assert desktop.keyring_items() == 1


def test_keychain_locked_dismissed_and_then_unlocked_by_the_person(desktop):
    before = kept(desktop)
    desktop.lock_keyring()
    with desktop.open_window() as window:
        prompt(desktop, "Escape")
        assert trouble(window) == "keychain_locked"
        window.shot("keychain-locked")
        assert state_of(desktop) == before
        try_again(window)
        prompt(desktop, "test")
        window.one("[role=option]", 30)
    assert desktop.keyring_items() == 1


def prompt(desktop, answer):
    """Answers the keyring's question as a person does."""
    search = ["xdotool", "search", "--sync", "--onlyvisible", "--class", "gcr-prompter"]
    subprocess.run([*search, "windowfocus"], env=desktop.env, check=True, timeout=30, stdout=subprocess.DEVNULL)
    time.sleep(1)
    if answer == "Escape":
        subprocess.run(["xdotool", "key", "Escape"], env=desktop.env, check=True)
    else:
        subprocess.run(["xdotool", "type", "--delay", "30", answer], env=desktop.env, check=True)
        subprocess.run(["xdotool", "key", "Return"], env=desktop.env, check=True)


def test_keychain_emptied_while_a_vault_exists(desktop):
    before = kept(desktop)
    identity = subprocess.run(["secret-tool", "lookup", "service", "app.keyfob.vault"], env=desktop.env, check=True, capture_output=True).stdout
    vault_id = (desktop.vault / "vault.id").read_text().strip()
    desktop.clear_keyring()
    done = desktop.fob("--json", "add", FIXTURES / "two.png", check=False)
    assert done.returncode == 3 and b"keychain_no_key" in done.stderr
    with desktop.open_window() as window:
        assert trouble(window) == "keychain_no_key"
        window.shot("keychain-no-key")
        assert state_of(desktop) == before and desktop.keyring_items() == 0
        # The entry comes back, as from a backup of the keyring.
        subprocess.run(["secret-tool", "store", "--label=back", "service", "app.keyfob.vault", "username", vault_id], env=desktop.env, input=identity, check=True)
        try_again(window)
        window.one("[role=option]")


def test_keychain_restarted_underneath(desktop):
    kept(desktop)
    with desktop.open_window() as window:
        window.one("[role=option] [data-code]")
        desktop.stop_keyring()
        # The window holds the key already: codes and saves go on.
        desktop.copy_picture(FIXTURES / "two.png")
        window.paste()
        window.press("Add 1 account")
        wait_for(lambda: len(window.codes()) == 2, why="the account was not added")
        desktop.start_keyring()
        assert len(desktop.fob_json("code")) == 2
        assert desktop.keyring_items() == 1


@pytest.mark.parametrize(
    "spoil, code",
    [
        (lambda v: (v / "vault.age").write_bytes((v / "vault.age").read_bytes()[:-30]), "vault_damaged"),
        (lambda v: (v / "vault.age").write_bytes(b""), "vault_damaged"),
        (lambda v: v.rename(v.with_name("unmounted")), "vault_missing"),
        (lambda v: (v / "vault.age").unlink(), "vault_missing"),
    ],
    ids=["cut", "emptied", "folder gone", "file gone"],
)
def test_a_spoiled_vault_has_its_screen_and_is_left_alone(desktop, spoil, code):
    kept(desktop)
    spoil(desktop.vault)
    before = state_of(desktop)
    with desktop.open_window() as window:
        assert trouble(window) == code
        window.shot(code)
    assert state_of(desktop) == before and desktop.keyring_items() == 1


def test_a_vault_that_goes_away_while_open_keeps_showing_codes(desktop):
    kept(desktop)
    with desktop.open_window() as window:
        window.one("[role=option] [data-code]")
        away = desktop.vault.with_name("unmounted")
        desktop.vault.rename(away)
        window.one("[data-notice=unreachable]")
        assert window.codes()["Mirox (zoe@plant-7)"]
        window.shot("unreachable")
        away.rename(desktop.vault)
        window.gone("[data-notice=unreachable]")


def test_a_memory_that_is_lost_does_not_make_a_first_run_while_the_keychain_has_a_key(desktop):
    kept(desktop)
    desktop.vault.rename(desktop.home / "gone")
    shutil.rmtree(desktop.home / "state" / "keyfob")
    done = desktop.fob("--json", "add", FIXTURES / "two.png", check=False)
    assert done.returncode == 1 and b"vault_missing" in done.stderr
    assert desktop.keyring_items() == 1 and not desktop.vault.exists()
