"""A login that is not ours: Google's own PAM module, set up by its `google-authenticator` in a terminal, asked by `pamtester`
under `pam_wrapper`. The machine's own PAM and its users are left alone."""

from __future__ import annotations

import getpass
import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

MODULE = "pam_google_authenticator.so"
PROGRAMS = ("google-authenticator", "pamtester")
ASKS = "-1 to skip"
PER_HALF_MINUTE = 3


def missing() -> list[str]:
    """What is not on this machine, as Debian packages."""
    packages = {"google-authenticator": "libpam-google-authenticator", "pamtester": "pamtester"}
    lacks = [packages[name] for name in PROGRAMS if not shutil.which(name)]
    wrapped = subprocess.run(["true"], env={"LD_PRELOAD": "libpam_wrapper.so"}, capture_output=True, text=True, check=False)
    return lacks + (["libpam-wrapper"] if wrapped.stderr else [])


class Login:
    """One person's login with a second factor: its state is one file in a folder of its own."""

    def __init__(self, folder: Path, qr_mode: str):
        self.folder, self.state = folder, folder / "google_authenticator"
        services = folder / "services"
        services.mkdir()
        options = f"secret={self.state} user={getpass.getuser()}"
        (services / "plant7").write_text(f"auth required {MODULE} {options}\naccount required pam_permit.so\n")
        self._env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "xterm"}
        self._wrapped = {**self._env, "LD_PRELOAD": "libpam_wrapper.so", "PAM_WRAPPER": "1", "PAM_WRAPPER_SERVICE_DIR": str(services)}
        # It draws its QR code on terminals only.
        self._terminal, side = pty.openpty()
        options = ["-t", "-d", "-f", "-r", str(PER_HALF_MINUTE), "-R", "30", "-w", "3", "-Q", qr_mode, "-l", "zoe@plant-7", "-i", "Plant 7", "-s", str(self.state)]
        self._child = subprocess.Popen(["google-authenticator", *options], stdin=side, stdout=side, stderr=side, env=self._env, close_fds=True, start_new_session=True)
        os.close(side)
        self.shown = ""
        self._read_until(lambda: ASKS in self.shown)

    def confirm(self, code: str) -> bool:
        """Types a code where it asks for one; whether it was right."""
        before = self.shown.count(ASKS)
        os.write(self._terminal, f"{code}\n".encode())
        self._read_until(lambda: self._child.poll() is not None or self.shown.count(ASKS) > before)
        return "Code confirmed" in self.shown

    def close(self):
        self._child.kill()
        self._child.wait()
        os.close(self._terminal)

    def printed_codes(self) -> str:
        """What it printed after the code was confirmed, as it stands in the terminal."""
        return self.shown[self.shown.index("Code confirmed") :].replace("\r", "")

    def unused(self) -> list[str]:
        """The scratch codes that it still takes."""
        return re.findall(r"^\d{8}$", self.state.read_text(), re.MULTILINE)

    def secret(self) -> str:
        return self.state.read_text().splitlines()[0]

    def sign_in(self, typed: str) -> bool:
        """Asks PAM; where it limits how often, it is waited for, so that a no is about the code."""
        while self._tries_of_late() >= PER_HALF_MINUTE:
            time.sleep(0.5)
        command = ["pamtester", "plant7", getpass.getuser(), "authenticate"]
        done = subprocess.run(command, input=f"{typed}\n", env=self._wrapped, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 1) and "Verification code:" in done.stdout + done.stderr, done
        return done.returncode == 0

    def _tries_of_late(self) -> int:
        line = re.search(r'^" RATE_LIMIT \d+ \d+(.*)$', self.state.read_text(), re.MULTILINE)
        return sum(time.time() - int(stamp) < 31 for stamp in line.group(1).split())

    def _read_until(self, done):
        """Reads what the terminal shows until it is done, or the program has ended and all of it was read."""
        while True:
            readable, _, _ = select.select([self._terminal], [], [], 0.1)
            if readable:
                try:
                    self.shown += os.read(self._terminal, 65536).decode(errors="replace")
                    continue
                except OSError:  # the other side is closed
                    self._child.wait()
            if done():
                return
            assert self._child.poll() is None, self.shown


def step_with_time_left(seconds=8):
    """Waits for a time step that lasts long enough for what is to be done within it."""
    while time.time() % 30 > 30 - seconds:
        time.sleep(0.2)


def next_step():
    """Waits for the next time step: a code works once."""
    now = time.time() // 30
    while time.time() // 30 == now:
        time.sleep(0.2)


def code_by_oathtool(secret: str) -> str:
    """The code of now, where there is no `fob`."""
    return subprocess.run(["oathtool", "--totp", "-b", secret], check=True, capture_output=True, text=True).stdout.strip()
