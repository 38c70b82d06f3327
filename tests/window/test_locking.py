"""Locking: what is left in memory, what locks, what unlocks, and what `fob` gets of it."""

import base64
import hashlib
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from desktop import BIN, FIXTURES, Desktop, Keys, wait_for
from memory import found_in, memory_of, processes

PASSPHRASE = "correct horse battery"
SECRETS = [base64.b32encode(hashlib.sha256(f"account {n}".encode()).digest()[:20]).decode() for n in range(20)]


def twenty(desktop):
    uris = "\n".join(f"otpauth://totp/Service{n}:zoe?secret={secret}" for n, secret in enumerate(SECRETS))
    desktop.fob("add", "-", stdin=uris.encode())


def passphrase_only(desktop):
    """A vault that only the passphrase opens."""
    file = desktop.secret_file("passphrase.txt", PASSPHRASE)
    desktop.fob("passphrase", "set", "--new-passphrase-file", file)
    desktop.fob("recipients", "remove", "keychain", "--yes", "--proof-passphrase-file", file)
    assert desktop.keyring_items() == 0
    return file


def main_process(desktop) -> int:
    return next(pid for pid in processes(str(BIN / "keyfob"), desktop) if "keyfob-contained" not in open(f"/proc/{pid}/cmdline").read())


def lock(window):
    window.keys(Keys.CONTROL, "l")
    window.one("[data-locked]", 60)


def type_passphrase(window, text=PASSPHRASE):
    window.type("input[name=passphrase]", text, Keys.ENTER, seconds=30)


def test_five_seconds_after_a_lock_no_key_is_in_memory(desktop):
    twenty(desktop)
    passphrase_only(desktop)
    with desktop.open_window() as window:
        type_passphrase(window)
        wait_for(lambda: len([c for c in window.codes().values() if c]) > 5, 60, why="no codes")
        pid = main_process(desktop)
        # The scan finds what is there: open, the keys are in memory.
        assert len({key for key, _ in found_in(memory_of(pid), SECRETS)}) == 20
        # A day's work: search, copy, rename, another account by the clipboard, one from a picture's text, a delete.
        window.keys("service1")
        window.keys(Keys.ENTER)
        window.toast("Copied")
        window.keys(Keys.ESCAPE)
        fresh = base64.b32encode(hashlib.sha256(b"pasted").digest()[:20]).decode()
        desktop.copy_text(f"otpauth://totp/Pasted:zoe?secret={fresh}")
        window.paste()
        window.one("dialog", 60)
        window.keys(Keys.ENTER)
        window.toast("Added")
        window.press("Add")
        window.press("Choose a picture")
        desktop.choose_file(FIXTURES / "enroll.png")
        window.one("dialog [data-code]", 60)
        window.keys(Keys.ENTER)
        window.one("[data-notice=picture]", 60)
        assert processes("keyfob-contained", desktop), "it stays for the next picture"
        window.press("Keep", within="[data-notice=picture]")
        window.keys(Keys.DELETE)
        window.toast("trash")
        lock(window)
        window.shot("locked")
        time.sleep(5)
        scanned = memory_of(pid)
        assert len(scanned) > 10_000_000
        left = found_in(scanned, [*SECRETS, fresh])
        assert left == [], left
        [web] = processes("WebKitWebProcess", desktop)
        assert found_in(memory_of(web), [*SECRETS, fresh]) == []
        assert not processes("keyfob-contained", desktop), "what has read a picture is gone"
        print(f"{len(scanned) // 2**20} MiB of memory without any of 21 keys, 5 s after the lock")
        assert not window.all("[role=option]")
        type_passphrase(window)
        window.one("[role=option]", 60)


def test_the_identity_is_in_memory_that_does_not_swap_and_nobody_may_look(desktop):
    twenty(desktop)
    with desktop.open_window() as window:
        window.one("[role=option]", 60)
        pid = main_process(desktop)
        status = dict(line.split(":", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":" in line)
        assert int(status["VmLck"].split()[0]) > 0
        limits = open(f"/proc/{pid}/limits").read()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        assert core.split()[4:6] == ["0", "0"]
    # What a process that is not dumpable has in /proc belongs to root, whoever runs it: nobody else can look.
    place = desktop.home / "nobodys"
    place.mkdir()
    identity = place / "identity.txt"
    subprocess.run(["age-keygen", "-o", identity], check=True, capture_output=True)
    nobody = 65534
    for path in (desktop.home, place, identity):
        os.chown(path, nobody, nobody)
    run = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups", "env", f"HOME={place}", f"XDG_STATE_HOME={place}/state", BIN / "fob", "--vault", place / "vault", "--identity", identity]
    subprocess.run([*run, "add", "-"], input=f"otpauth://totp/N:x?secret={SECRETS[0]}".encode(), check=True, capture_output=True)
    watch = desktop.spawn(*run, "code", "--watch", stdout=subprocess.PIPE)
    watch.stdout.readline()
    assert os.stat(f"/proc/{watch.pid}/environ").st_uid == 0


def test_the_passphrase_is_set_the_keychain_removed_and_the_vault_truly_closed_in_the_window(desktop):
    twenty(desktop)
    with desktop.open_window() as window:
        window.one("[role=option]", 60)
        window.click("[data-settings]")
        window.press("Set a passphrase")
        window.type("input[name=new]", PASSPHRASE)
        window.type("input[name=again]", PASSPHRASE, Keys.ENTER)
        window.toast("The passphrase opens the vault now")
        window.click("[data-key=device] .danger")
        window.type("dialog input[name=passphrase]", PASSPHRASE, Keys.ENTER)
        window.toast("Removed")
        assert window.attribute("[data-lock-worth]", "data-lock-worth") == "closes"
        window.shot("settings-closes")
        assert desktop.keyring_items() == 0
        # `fob` is let in by the window, without the passphrase.
        started = time.monotonic()
        assert len(desktop.fob_json("code")) == 20
        quick = time.monotonic() - started
        desktop.fob("lock")
        window.one("[data-locked]", 60)
        locked = desktop.fob("--json", "code", check=False)
        assert locked.returncode == 3 and b"vault_locked" in locked.stderr
        type_passphrase(window, "wrong horse battery")
        window.one("[data-error=passphrase_wrong]", 30)
        type_passphrase(window)
        window.one("[role=option]", 60)
        print(f"fob code through the window: {quick * 1000:.0f} ms")
    done = desktop.fob("--json", "code", check=False)
    assert done.returncode == 3, "the window is gone, and nothing else opens the vault"
    with desktop.open_window() as window:
        window.one("[data-locked]", 60)
        window.shot("locked-at-start")


def test_with_the_keychain_kept_a_lock_lasts_over_a_restart_and_says_what_it_is_worth(desktop):
    twenty(desktop)
    with desktop.open_window() as window:
        window.one("[role=option]", 60)
        lock(window)
    with desktop.open_window() as window:
        window.one("[data-locked]", 60)
        assert desktop.fob("code", check=False).returncode == 3
        window.press("Unlock with this computer")
        window.one("[role=option]", 60)
        window.click("[data-settings]")
        assert window.attribute("[data-lock-worth]", "data-lock-worth") == "open"


def test_the_screen_lock_and_sleep_lock_the_vault_and_sleep_waits_for_it():
    with Desktop() as desktop:
        system = desktop.start_system()
        twenty(desktop)
        passphrase_only(desktop)
        with desktop.open_window() as window:
            type_passphrase(window)
            window.one("[role=option]", 60)
            system.said("inhibit sleep delay")
            system.tell("sleep")
            window.one("[data-locked]", 60)
            system.said("released")
            system.tell("wake")
            system.said("inhibit sleep delay", times=2)
            type_passphrase(window)
            window.one("[role=option]", 60)
            system.tell("lock")
            window.one("[data-locked]", 60)
            type_passphrase(window)
            window.one("[role=option]", 60)
            # A desktop's screen saver says so on the session bus.
            subprocess.run(["dbus-send", "--session", "--type=signal", "/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", "boolean:true"], env=desktop.env, check=True)
            window.one("[data-locked]", 60)


def test_nothing_done_for_a_minute_locks_and_work_keeps_it_open():
    with Desktop() as desktop:
        twenty(desktop)
        settings = desktop.home / "config" / "keyfob" / "settings.json"
        settings.parent.mkdir(parents=True)
        settings.write_text('{"lock": {"idle_minutes": 1}}')
        with desktop.open_window() as window:
            window.one("[role=option]", 60)
            time.sleep(45)
            window.keys(Keys.ARROW_DOWN)
            time.sleep(30)
            assert window.all("[role=option]"), "75 s after the start, 30 s after a key"
            window.one("[data-locked]", 60)
            window.press("Unlock with this computer")
            window.one("[role=option]", 60)
            time.sleep(6)
            assert window.all("[role=option]"), "whoever unlocks is there"


def test_closing_the_window_locks_where_that_was_chosen(desktop):
    twenty(desktop)
    settings = desktop.home / "config" / "keyfob" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"lock": {"on_close": true}}')
    with desktop.open_window() as window:
        window.one("[role=option]", 60)
        desktop.close_by_the_window_manager()
        wait_for(lambda: b'"locked": true' in (desktop.home / "state" / "keyfob" / "memory.json").read_bytes(), why="closing did not lock")
    assert desktop.fob("code", check=False).returncode == 3
    desktop.fob("unlock")
    assert len(desktop.fob_json("code")) == 20


def test_a_lock_reaches_who_watches_codes_and_a_window_that_was_given_a_key(desktop):
    twenty(desktop)
    key = desktop.new_recovery_key()
    watch = desktop.spawn(BIN / "fob", "code", "--watch", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert watch.stdout.readline()
    with desktop.open_window("--identity", key) as window:
        window.one("[role=option]", 60)
        lock(window)
        assert watch.wait(30) == 3 and b"locked" in watch.stderr.read()
        time.sleep(3)
        assert window.all("[data-locked]"), "it does not open again by itself"
        window.press("Use the recovery key")
        window.type("input[name=recovery_key]", key.read_text().strip(), Keys.ENTER)
        window.one("[role=option]", 60)


@pytest.fixture(scope="session")
def hanging_folder(tmp_path_factory) -> Path:
    library = tmp_path_factory.mktemp("folder") / "hanging_folder.so"
    source = Path(__file__).with_name("hanging_folder.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


@pytest.mark.parametrize("by", ["the button", "fob", "sleep", "closing"])
def test_a_lock_takes_effect_while_the_folder_hangs(hanging_folder, by):
    with Desktop() as desktop:
        system = desktop.start_system()
        twenty(desktop)
        passphrase_only(desktop)
        settings = desktop.home / "config" / "keyfob" / "settings.json"
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text('{"lock": {"on_suspend": true, "on_close": true}}')
        flag = desktop.home / "hangs"
        hangs = ["env", f"LD_PRELOAD={hanging_folder}", f"HANGING_FOLDER={desktop.vault}", f"HANGING_FLAG={flag}"]
        memory = desktop.home / "state" / "keyfob" / "memory.json"
        with desktop.open_window(wrap=hangs) as window:
            type_passphrase(window)
            wait_for(lambda: len([c for c in window.codes().values() if c]) > 5, 60, why="no codes")
            pid = main_process(desktop)
            assert identities_of(pid), "open, the identity is in memory"
            flag.touch()
            time.sleep(2)  # the look at the folder, every half second, hangs by now
            started = time.monotonic()
            if by == "the button":
                window.keys(Keys.CONTROL, "l")
            elif by == "fob":
                desktop.fob("lock")
            elif by == "sleep":
                system.tell("sleep")
            else:
                desktop.close_by_the_window_manager()
                wait_for(lambda: not Path(f"/proc/{pid}").exists(), 60, why="the window stayed open")
                print(f"closed {(time.monotonic() - started) * 1000:.0f} ms after it was asked to, while the folder hangs")
                flag.unlink()
                assert b'"locked": true' in memory.read_bytes()
                return
            window.one("[data-locked]", 60)
            print(f"the lock screen {(time.monotonic() - started) * 1000:.0f} ms after {by}, while the folder hangs")
            window.shot("locked-while-the-folder-hangs")
            assert flag.exists() and not window.all("[role=option]")
            wait_for(lambda: b'"locked": true' in memory.read_bytes(), why="the lock was not remembered")
            assert identities_of(pid) == set(), "no identity in memory, though the folder hangs"
            if by == "fob":
                # To `fob`, which reaches the folder, the vault is locked.
                assert desktop.fob("code", check=False).returncode == 3
            type_passphrase(window)
            window.one("[data-error=still_running]", 60)
            window.shot("another-action-is-still-running")
            flag.unlink()
            type_passphrase(window)
            window.one("[role=option]", 60)
            assert len(desktop.fob_json("code")) == 20


def identities_of(pid) -> set[bytes]:
    return set(re.findall(rb"AGE-SECRET-KEY-1[A-Z0-9]{58}", memory_of(pid)))
