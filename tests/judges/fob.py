"""Driving `fob` with an age identity file: no keychain, no home, nothing left behind."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("KEYFOB_BIN", ROOT / "target" / "debug"))
FIXTURES = ROOT / "tests" / "fixtures"


class Fob:
    """One vault of its own."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.vault = folder / "vault"
        self.identity = folder / "identity.txt"
        subprocess.run(["age-keygen", "-o", str(self.identity)], check=True, capture_output=True)
        self.opened_by("--identity", self.identity)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "XDG_DATA_HOME": str(folder / "data")}

    def run(self, *arguments, stdin: bytes = b"", umask=-1) -> subprocess.CompletedProcess:
        command = [str(BIN / "fob"), "--vault", str(self.vault), *self.way, *map(str, arguments)]
        return subprocess.run(command, input=stdin, env=self.env, capture_output=True, check=False, umask=umask)

    def opened_by(self, *way):
        """What every command opens the vault with: `--identity FILE`, `--passphrase-file FILE`, or nothing."""
        self.way = [str(word) for word in way]

    def passphrase_file(self, text: str) -> Path:
        """A file with a passphrase."""
        path = self.folder / f"passphrase-{len(list(self.folder.glob('passphrase-*')))}.txt"
        path.write_text(text + "\n")
        return path

    def ok(self, *arguments, **more) -> bytes:
        done = self.run(*arguments, **more)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def json(self, *arguments, **more):
        return json.loads(self.ok("--json", *arguments, **more))

    def error(self, *arguments, stdin: bytes = b"") -> tuple[int, str]:
        """Exit status and stable code of a command that must fail."""
        done = self.run("--json", *arguments, stdin=stdin)
        assert done.returncode != 0, done.stdout.decode()
        assert b"panicked" not in done.stderr
        return done.returncode, json.loads(done.stderr)["error"]["code"]
