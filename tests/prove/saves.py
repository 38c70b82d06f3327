"""Saves of the real `fob` on a real disk, cut off and refused at every system call, through strace."""

from __future__ import annotations

import base64
import collections
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("KEYFOB_BIN", ROOT / "target" / "release"))


class World:
    """A prepared vault, and as many copies of it as are needed."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.identity = folder / "identity.txt"
        subprocess.run(["age-keygen", "-o", self.identity], check=True, capture_output=True)
        self.original = folder / "original"
        self.original.mkdir()
        for n in range(2):
            self.fob(self.original, "add", uri(f"before{n}"), check=True)

    def copy(self, name: str) -> Path:
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.original, place)
        # What the machine remembers speaks of the folder by its name.
        memory = place / "state" / "keyfob" / "memory.json"
        memory.write_text(memory.read_text().replace(str(self.original), str(place)))
        return place

    def command(self, place: Path, *arguments, wrap=()):
        return [*map(str, wrap), str(BIN / "fob"), "--vault", str(place / "vault"), "--identity", str(self.identity), *map(str, arguments)]

    def fob(self, place: Path, *arguments, wrap=(), check=False):
        env = {"PATH": os.environ["PATH"], "HOME": str(place), "XDG_STATE_HOME": str(place / "state"), "XDG_CONFIG_HOME": str(place / "config"), "XDG_RUNTIME_DIR": str(place)}
        done = subprocess.run(self.command(place, *arguments, wrap=wrap), env=env, capture_output=True, check=False)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def opened(self, place: Path) -> dict:
        """The vault as stock age reads it; fails where it does not open."""
        done = subprocess.run(["age", "-d", "-i", self.identity, place / "vault" / "vault.age"], capture_output=True, check=False)
        assert done.returncode == 0, (place, done.stderr)
        return json.loads(done.stdout)


def uri(name: str) -> str:
    """An account whose key is its own."""
    key = base64.b32encode(hashlib.sha256(name.encode()).digest()[:20]).decode()
    return f"otpauth://totp/{name}:x?secret={key}"


def calls(world: World, *arguments) -> list[str]:
    """The system calls of a command, in order, from the first that touches the vault's folder."""
    place = world.copy("traced")
    trace = world.folder / "trace"
    done = world.fob(place, *arguments, wrap=["strace", "-f", "-qq", "-o", trace])
    assert done.returncode == 0, done.stderr
    names = []
    for line in trace.read_text().splitlines():
        found = re.match(r"\d+\s+(\w+)\(", line)
        if found:
            names.append((found[1], str(place) in line))
    return names


def pairs(world: World, *arguments, only_after_start=False) -> list[tuple[str, int]]:
    """Every (name, n): the n-th call of that name. With `only_after_start`, those from where the vault is first
    touched: before that, the system loads the program."""
    counts = collections.Counter()
    found = []
    started = False
    for name, touches in calls(world, *arguments):
        counts[name] += 1
        started = started or touches
        if (started or not only_after_start) and name not in ("exit_group", "exit"):
            found.append((name, counts[name]))
    return found
