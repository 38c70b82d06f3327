"""The clock is set while the window is open: codes are right soon, and the person is told. How soon is printed (`cargo xtask bench
clock`)."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from desktop import Desktop, descendants, wait_for

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
HOUR = 3600
YEARS_10 = 315_576_000


def faketime_library() -> str:
    return str(next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")))


class Clock:
    """What time the window takes it to be: the real one, and so many seconds."""

    def __init__(self, folder: Path):
        self.file = folder / "faketime"
        self.offset = 0
        self.set(0)

    def set(self, offset: int):
        self.offset = offset
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{offset:+d}\n")
        fresh.replace(self.file)

    def wrap(self):
        return [
            "env",
            f"LD_PRELOAD={faketime_library()}",
            f"FAKETIME_TIMESTAMP_FILE={self.file}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ]

    def code(self) -> str:
        command = ["oathtool", "--totp", "-b", f"--now=@{int(time.time()) + self.offset}", SECRET]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("jump", [HOUR, -HOUR, YEARS_10])
def test_codes_are_right_soon_after_the_clock_was_set(jump):
    with Desktop() as desktop:
        desktop.fob("--yes", "add", "-", stdin=f"otpauth://totp/Acme:zoe?secret={SECRET}&issuer=Acme".encode())
        clock = Clock(desktop.home)
        with desktop.open_window(wrap=clock.wrap()) as window:
            shows = lambda: window.codes().get("Acme (zoe)") == clock.code()
            wait_for(shows, 40, why="the first code was not right")
            if time.time() % 30 > 24:
                time.sleep(7)
            clock.set(jump)
            begun = time.monotonic()
            wait_for(shows, 5, 0.02, why="the code did not follow the clock")
            took = time.monotonic() - begun
            print(f"right {took:.2f} s after a jump of {jump:+d} s")
            window.one("[data-notice^=clock]")
            window.shot(f"clock-jump-{jump:+d}")


def test_codes_are_right_soon_after_sleep():
    """The window and its page stand still for more than a step, as they do while a computer sleeps."""
    with Desktop() as desktop:
        desktop.fob("--yes", "add", "-", stdin=f"otpauth://totp/Acme:zoe?secret={SECRET}&issuer=Acme".encode())
        clock = Clock(desktop.home)
        with desktop.open_window() as window:
            shows = lambda: window.codes().get("Acme (zoe)") == clock.code()
            wait_for(shows, 40, why="the first code was not right")
            asleep = [pid for pid in descendants(window.service.pid) if pid != window.service.pid]
            for pid in asleep:
                os.kill(pid, signal.SIGSTOP)
            # It wakes in the middle of a step, so that the next one is not what makes it right.
            time.sleep(32)
            time.sleep((40 - time.time() % 30) % 30)
            for pid in asleep:
                os.kill(pid, signal.SIGCONT)
            begun = time.monotonic()
            wait_for(shows, 5, 0.02, why="the code is that of before the sleep")
            took = time.monotonic() - begun
            print(f"right {took:.2f} s after waking up")
