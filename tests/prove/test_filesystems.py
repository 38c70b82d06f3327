"""The real `fob` on file systems that people carry vaults on: vfat and exfat, a folder without hard links and without a sync
of folders, one that stalls, and each of them full. What a machine does not mount is skipped, and the run says why."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "judges"))

from fob import BIN, Fob  # noqa: E402
from mounts import NotHere, image_of, odd  # noqa: E402
from saves import uri  # noqa: E402

#: How many kills and saves; a short run of the tests has fewer.
SHORT = int(os.environ.get("KEYFOB_EVERY", "1")) > 1
KILLS = 12 if SHORT else 60
SAVES = 8 if SHORT else 40
STEPS = 12 if SHORT else 120
HOTP = "otpauth://hotp/Counter:x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&digits=10"

#: What network shares and drivers in user space answer for a hard link, and for a sync of a folder.
ODD = {"no links (EPERM, EINVAL)": ("EPERM", "EINVAL"), "no links (EOPNOTSUPP)": ("EOPNOTSUPP", "EOPNOTSUPP"), "no links (EMLINK, ENOSYS)": ("EMLINK", "ENOSYS")}
KINDS = ["vfat", "exfat", *(list(ODD)[:1] if SHORT else ODD)]


@contextlib.contextmanager
def mounted(kind: str, folder: Path, capsys):
    """The folder of a file system of this kind; skips where there is none to be had."""
    with contextlib.ExitStack() as stack:
        try:
            if kind in ODD:
                link, sync = ODD[kind]
                place, by = stack.enter_context(odd(folder, link=link, sync_folder=sync)).place, "odd_folder.py"
            else:
                place, by = stack.enter_context(image_of(kind, folder))
        except NotHere as why:
            with capsys.disabled():
                print(f"\n{kind}: not tried, because this machine does not mount it ({why})")
            pytest.skip(f"{kind}: {why}")
        with capsys.disabled():
            print(f"\n{kind}: mounted by {by}")
        yield place


def vault_on(place: Path, folder: Path) -> Fob:
    """A vault there; what the machine remembers, and the key, are elsewhere."""
    fob = Fob(folder)
    fob.vault = place / "vault"
    fob.ok("add", HOTP)
    return fob


def opened(fob: Fob, path: Path) -> dict:
    """A file of the vault as stock age reads it."""
    done = subprocess.run(["age", "-d", "-i", fob.identity, path], capture_output=True, check=False)
    assert done.returncode == 0, (path, done.stderr)
    return json.loads(done.stdout)


def counter(fob: Fob) -> int:
    return int(re.search(r'"counter": ?"(\d+)"', json.dumps(opened(fob, fob.vault / "vault.age")))[1])


def is_sound(fob: Fob):
    """It opens, nothing of a save lies around, and every snapshot is whole."""
    fob.ok("list")
    left = [path.name for path in fob.vault.rglob("*") if path.name.startswith(".")]
    assert not left, left
    for snapshot in (fob.vault / "snapshots").glob("0*.age"):
        opened(fob, snapshot)


def passphrases(fob: Fob):
    """A first one, another, and what opens by which."""
    first, second = fob.passphrase_file("the first passphrase"), fob.passphrase_file("the second passphrase")
    fob.ok("passphrase", "set", "--new-passphrase-file", first)
    by_key = fob.way
    fob.opened_by("--passphrase-file", first)
    fob.ok("passphrase", "change", "--new-passphrase-file", second)
    assert fob.error("list")[1] == "passphrase_wrong"
    fob.opened_by("--passphrase-file", second)
    assert len(fob.json("list")) == 31
    fob.opened_by(*by_key)


@pytest.mark.parametrize("kind", KINDS)
def test_a_vault_lives_there(kind, tmp_path, capsys):
    with mounted(kind, tmp_path, capsys) as place:
        fob = vault_on(place, tmp_path)
        for n in range(30):
            fob.ok("add", uri(f"account{n}"))
        assert len(fob.json("list")) == 31
        kept = [snapshot for snapshot in fob.json("snapshots") if snapshot["accounts"]]
        assert len(kept) >= 10 and kept[0]["accounts"] == 30
        is_sound(fob)
        # Passphrases: set, changed, and what opens by which. (Stretching one takes seconds where `fob` is a debug build.)
        if not SHORT or kind in ODD:
            passphrases(fob)
        fob.ok("--yes", "recovery-key", "new")
        is_sound(fob)
        # A backup there, and the vault from it.
        (place / "backups").mkdir()
        fob.ok("backup", place / "backups")
        backup = next((place / "backups").iterdir())
        fob.ok("--yes", "delete", "account7")
        assert len(fob.json("list")) == 30
        fob.vault = place / "second"
        fob.env["XDG_STATE_HOME"] = str(tmp_path / "other-state")
        fob.ok("restore", backup, "--backup-identity", fob.identity)
        assert len(fob.json("list")) == 31


@pytest.mark.parametrize("kind", KINDS)
def test_kill_in_the_middle_of_saves(kind, tmp_path, capsys):
    with mounted(kind, tmp_path, capsys) as place:
        fob = vault_on(place, tmp_path)
        command = [str(BIN / "fob"), "--vault", str(fob.vault), *fob.way, "--json", "code", "Counter", "--advance"]
        started = time.monotonic()
        fob.ok("code", "Counter", "--advance")
        whole = time.monotonic() - started
        said, cut, chance = 1, 0, random.Random(kind)
        for _ in range(KILLS):
            program = subprocess.Popen(command, env=fob.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0, 1.2 * whole))
            program.kill()
            answered = program.communicate()[0]
            before = said
            said += b'"code"' in answered
            cut += before == said
            is_sound(fob)
            # One that was not answered may have been counted; the next code is another one then.
            assert counter(fob) >= said, kind
            said = counter(fob)
        with capsys.disabled():
            print(f"{kind}: {KILLS} kills, {cut} before the answer; the vault opened after each, nothing that was answered is lost")


@pytest.mark.parametrize("kind", KINDS)
def test_two_programs_save_at_once(kind, tmp_path, capsys):
    with mounted(kind, tmp_path, capsys) as place:
        fob = vault_on(place, tmp_path)
        failed = []

        def count_on():
            for _ in range(SAVES):
                done = fob.run("--json", "code", "Counter", "--advance")
                if done.returncode:
                    failed.append(done.stderr)

        threads = [threading.Thread(target=count_on) for _ in range(2)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert not failed, (len(failed), failed[0])
        assert counter(fob) == 2 * SAVES
        is_sound(fob)


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_is_full_at_each_stage(kind, tmp_path, capsys):
    with contextlib.ExitStack() as stack:
        if kind in ODD:
            link, sync = ODD[kind]
            try:
                disk = stack.enter_context(odd(tmp_path, link=link, sync_folder=sync))
            except NotHere as why:
                pytest.skip(f"{kind}: {why}")
            place = disk.place

            def leave(room):
                used = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
                disk.set(link=link, sync_folder=sync, room=None if room is None else used + room)
        else:
            place = stack.enter_context(mounted(kind, tmp_path, capsys))
            filler = place / "filler"

            def leave(room):
                fill(filler, room)

        fob = vault_on(place, tmp_path)
        told = {"saved": 0, "refused": 0}
        for n in range(STEPS):
            # A save takes two files beside the one that is there: the new one, and the old one as a snapshot.
            size = (fob.vault / "vault.age").stat().st_size if kind in ODD else 8192
            room = 3 * size * n // STEPS
            before, snapshots = counter(fob), len(fob.json("snapshots"))
            leave(room)
            done = fob.run("--json", "code", "Counter", "--advance")
            is_sound(fob)
            if done.returncode == 0:
                told["saved"] += 1
                assert counter(fob) == before + 1, room
            else:
                told["refused"] += 1
                failure = json.loads(done.stderr.strip().splitlines()[-1])["error"]
                assert failure["code"] == "vault_io" and failure["remedy"], failure
                assert counter(fob) == before, room
            leave(None)
            fob.ok("code", "Counter", "--advance")
            is_sound(fob)
            # A disk that was full did not push the past versions out.
            assert len(fob.json("snapshots")) >= min(snapshots, 10), room
        with capsys.disabled():
            print(f"{kind}: full at {sum(told.values())} stages: {told['refused']} refused, {told['saved']} saved; nothing lost, each worked once there was room")
        assert told["refused"] and told["saved"]


def fill(filler: Path, room: int | None):
    """Leaves about so many bytes free on a real file system; `None`: all of it."""
    filler.unlink(missing_ok=True)
    if room is None:
        return
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(64 * 1024)):
            pass
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while file.write(bytes(512)):
            pass
    # Not every driver can make a file shorter, so it is written once more.
    size = filler.stat().st_size
    filler.unlink()
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        file.write(bytes(max(0, size - room)))


# (A rename that hangs in the kernel holds its folder: then nobody can look into it either, and no program can help that.)
@pytest.mark.parametrize("stalls, then", [("fsync", "let go"), *([] if SHORT else [("write", "let go"), ("fsync", "kill")])])
def test_a_write_that_stalls_keeps_nobody_waiting_without_end(stalls, then, tmp_path, capsys):
    with contextlib.ExitStack() as stack:
        try:
            disk = stack.enter_context(odd(tmp_path))
        except NotHere as why:
            with capsys.disabled():
                print(f"\na folder that stalls: not tried ({why})")
            pytest.skip(str(why))
        fob = vault_on(disk.place, tmp_path)
        command = [str(BIN / "fob"), "--vault", str(fob.vault), *fob.way, "--json", "add"]
        disk.set(stall=[stalls, ".vault.age.new"])
        hanging = subprocess.Popen([*command, uri("hanging")], env=fob.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not (fob.vault / ".vault.age.new").exists():
            time.sleep(0.02)
        # Reading goes on, and another save gives up by itself: the limit here is far beyond its patience.
        assert len(fob.json("list")) == 1
        other = subprocess.run([*command, uri("other")], env=fob.env, capture_output=True, timeout=240, check=False)
        assert json.loads(other.stderr)["error"]["code"] == "vault_busy", other.stderr
        assert hanging.poll() is None
        # Killed while it hangs, or let go: both are fine.
        if then == "kill":
            hanging.kill()
            disk.set()
            hanging.wait()
        else:
            disk.set()
            assert hanging.wait(60) == 0, hanging.stderr.read()
        accounts = [account["issuer"] for account in fob.json("list")]
        assert accounts in (["Counter", "hanging"], ["Counter"]) and (then == "kill" or len(accounts) == 2)
        fob.ok("add", uri("after"))
        is_sound(fob)
