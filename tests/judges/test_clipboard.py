"""The clipboard of a display of its own, judged by xclip."""

import os
import subprocess
import time
from contextlib import contextmanager

import pytest
from fob import FIXTURES

PAGE = b"Your recovery codes:\n1. 8f2k-q9zd\n2. m4x7-t1pw\n3. c6j3-r8vn\n4. h5b9-y2gs\n"


@pytest.fixture
def display(fob):
    """A fob that has a display."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as number:
        fob.env |= {"DISPLAY": f":{number.readline().strip()}"}
    yield fob
    server.terminate()
    server.wait()


def on_clipboard(fob) -> bytes | None:
    """`None` where its owner went away before it answered."""
    command = ["xclip", "-selection", "clipboard", "-o"]
    try:
        return subprocess.run(command, env=fob.env, capture_output=True, check=False, timeout=2).stdout
    except subprocess.TimeoutExpired:
        return None


@contextmanager
def copied(fob, *how):
    """Somebody else has this on the clipboard."""
    owner = subprocess.Popen(["xclip", "-selection", "clipboard", "-quiet", *how], env=fob.env, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    yield
    owner.terminate()
    owner.wait()


def wait_until(happened):
    for _ in range(200):
        if happened():
            return True
        time.sleep(0.05)
    return False


def test_a_picture_on_the_clipboard_is_read(display):
    with copied(display, "-t", "image/png", "-i", str(FIXTURES / "two.png")):
        display.ok("add", "--clipboard")
    assert len(display.json("list")) == 2


def test_a_large_picture_on_the_clipboard_is_read(display, tmp_path):
    large = tmp_path / "large.png"
    subprocess.run(["convert", FIXTURES / "enroll.png", "-scale", "2000x2000!", "-define", "png:compression-level=0", large], check=True)
    assert large.stat().st_size > 1_000_000, "X11 hands it out in pieces"
    with copied(display, "-t", "image/png", "-i", str(large)):
        display.ok("add", "--clipboard")
    assert len(display.json("list")) == 1


def test_rubbish_in_the_place_of_a_picture_is_named(display):
    with copied(display, "-t", "image/png", "-i", __file__):
        assert display.error("add", "--clipboard")[0] == 5


def test_a_text_on_the_clipboard_is_read(display, tmp_path):
    text = tmp_path / "text"
    text.write_text("otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    with copied(display, "-i", str(text)):
        display.ok("add", "--clipboard")
    assert len(display.json("list")) == 1


def test_a_copied_recovery_code_is_on_the_clipboard_until_a_lock(display):
    display.ok("add", "otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    display.ok("recovery", "A", "set", stdin=PAGE)
    display.ok("recovery", "A", "use", "--copy")
    assert wait_until(lambda: on_clipboard(display) == b"8f2k-q9zd"), on_clipboard(display)
    display.ok("lock")
    assert wait_until(lambda: on_clipboard(display) == b"")


def test_what_somebody_else_copied_since_stays_at_a_lock(display, tmp_path):
    display.ok("add", "otpauth://totp/A:a?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    display.ok("recovery", "A", "set", stdin=PAGE)
    display.ok("recovery", "A", "use", "--copy")
    assert wait_until(lambda: on_clipboard(display) == b"8f2k-q9zd")
    text = tmp_path / "text"
    text.write_text("theirs")
    with copied(display, "-i", str(text)):
        display.ok("lock")
        assert on_clipboard(display) == b"theirs"
