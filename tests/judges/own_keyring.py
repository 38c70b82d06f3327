"""A keyring of its own for one test: a session bus and gnome-keyring, thrown away with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

PROGRAMS = ["dbus-daemon", "dbus-send", "gnome-keyring-daemon", "secret-tool"]


def missing() -> str:
    """Why there is no keyring here; empty where there is one."""
    gone = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"no keyring: {', '.join(gone)} not installed" if gone else ""


class Keyring:
    """`with Keyring(folder) as keyring:`; `keyring.env` leads programs to it."""

    def __init__(self, folder: Path):
        self.home = folder / "keyring"
        run = self.home / "run"
        run.mkdir(parents=True, mode=0o700)
        (self.home / "data").mkdir(mode=0o700)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(run),
            "XDG_DATA_HOME": str(self.home / "data"),
            "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent",
        }
        self._children: list[subprocess.Popen] = []

    def __enter__(self) -> "Keyring":
        try:
            bus = self._spawn("dbus-daemon", "--session", "--nofork", "--print-address", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            self.env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
            command = ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"]
            daemon = self._spawn(*command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            daemon.stdin.write(b"test")
            daemon.stdin.close()
            for _ in range(600):
                if self._is_there():
                    return self
                time.sleep(0.05)
            raise AssertionError("the keyring did not start")
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        for child in reversed(self._children):
            if child.poll() is None:
                child.terminate()
        for child in self._children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()

    def _spawn(self, *command, **more) -> subprocess.Popen:
        child = subprocess.Popen(command, env=self.env, **more)
        self._children.append(child)
        return child

    def _is_there(self) -> bool:
        ask = ["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
        return "true" in subprocess.run(["dbus-send", *ask], env=self.env, capture_output=True, text=True, check=False).stdout

    def keys(self, vault: str) -> list[str]:
        """What the keyring holds for a vault: the text of each item."""
        names = [vault, f"{vault}.2"]
        asked = [subprocess.run(["secret-tool", "lookup", "service", "app.keyfob.vault", "username", name], env=self.env, capture_output=True, text=True, check=False) for name in names]
        return [done.stdout.strip() for done in asked if done.returncode == 0 and done.stdout.strip()]

    def serve(self, fob):
        """Leads a `Fob` to this keyring, and opens its vault by it."""
        fob.env |= {name: self.env[name] for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS")}
        fob.opened_by()
