"""Where keys are not: no file, no log, no web process. And where nothing is called: the internet."""

import os
import re
import shutil
import subprocess
import time

from desktop import FIXTURES, Keys, wait_for
from memory import found_in, memory_of, processes

KEYS = ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF"]


def test_no_key_in_files_or_the_web_process_and_no_call_to_the_internet(desktop):
    trace = desktop.home / "connect.trace"
    with desktop.open_window(wrap=("strace", "-f", "-qq", "-e", "trace=connect", "-o", str(trace))) as window:
        window.one("h1", 60)
        desktop.copy_picture(FIXTURES / "two.png")
        window.paste()
        window.press("Add 2 accounts", 60)
        wait_for(lambda: len([c for c in window.codes().values() if c]) == 2, 60, why="no codes")
        window.keys(Keys.ENTER)
        window.toast("Copied")
        # The other way in, through the search field; and the next period.
        desktop.copy_text(f"otpauth://totp/Mirox:zoe?secret={KEYS[0]}")
        window.paste()
        window.one("[data-duplicate]", 60)
        window.keys(Keys.ESCAPE)
        time.sleep(1)
        web = processes("WebKitWebProcess", desktop)
        assert len(web) == 1
        scanned = memory_of(web[0])
        # The scan would find what is there: the code that is on the screen is.
        assert b"Copied the code of" in scanned or "Copied the code of".encode("utf-16-le") in scanned
        assert len(scanned) > 10_000_000
        assert found_in(scanned, KEYS) == [], "a key is in the web process"
        network = [pid for pid in processes("WebKitNetworkProcess", desktop)]
        assert all(found_in(memory_of(pid), KEYS) == [] for pid in network)
    files = 0
    for folder in ("data", "cache", "config", "state", "run"):
        for path in (desktop.home / folder).rglob("*"):
            if path.is_file() and "keyrings" not in path.parts:
                assert found_in(path.read_bytes(), KEYS) == [], path
                files += 1
    assert files > 5
    calls = trace.read_text(errors="replace")
    assert "AF_UNIX" in calls, "strace has seen the session"
    # The window is driven over a socket on this machine, which a person's session has not.
    internet = [call for call in re.findall(r"connect\(\d+, \{sa_family=AF_INET6?.*", calls) if '"127.0.0.1"' not in call]
    assert internet == []
    print(f"{len(scanned) // 2**20} MiB of the web process and {files} files without a key; {calls.count('connect(')} connects, none to the internet")


def test_files_are_private_whatever_the_umask(desktop):
    wrapper = desktop.home / "umask.sh"
    wrapper.write_text('#!/bin/sh\numask 000\nexec "$@"\n')
    wrapper.chmod(0o755)
    with desktop.open_window(wrap=(wrapper,)) as window:
        window.one("h1")
        desktop.copy_picture(FIXTURES / "enroll.png")
        window.paste()
        window.one("dialog")
        window.keys(Keys.ENTER)
        window.one("[role=option]")
    seen = 0
    for top in (desktop.vault, desktop.home / "state" / "keyfob"):
        for path in [top, *top.rglob("*")]:
            wanted = 0o700 if path.is_dir() else 0o600
            assert os.lstat(path).st_mode & 0o777 == wanted, path
            seen += 1
    assert seen >= 8
    # What the web view makes for itself is nobody else's either.
    for folder in desktop.home.glob("*/app.keyfob.desktop"):
        for path in [folder, *folder.rglob("*")]:
            assert os.lstat(path).st_mode & 0o077 == 0, path


def test_stock_age_opens_what_the_window_kept(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    identity = desktop.home / "identity.txt"
    found = subprocess.run(["secret-tool", "lookup", "service", "app.keyfob.vault"], env=desktop.env, check=True, capture_output=True).stdout
    identity.write_bytes(found)
    opened = subprocess.run(["age", "-d", "-i", identity, desktop.vault / "vault.age"], check=True, capture_output=True).stdout
    assert KEYS[0].encode() in opened
    assert found.startswith(b"AGE-SECRET-KEY-1") and b"\n" not in found
    shutil.rmtree(desktop.vault / "snapshots")
