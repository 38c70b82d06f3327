"""The fake camera of the window tests, before `fob`."""

import json
import subprocess
import time
from pathlib import Path

import pytest
from fob import BIN, FIXTURES, ROOT


@pytest.fixture
def camera(fob, tmp_path):
    """A fob with a camera, and the folder of its frames."""
    library, frames = tmp_path / "fake_camera.so", tmp_path / "frames"
    source = ROOT / "tests" / "window" / "fake_camera.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    frames.mkdir()
    fob.env |= {"LD_PRELOAD": str(library), "FAKE_CAMERA_FRAMES": str(frames), "FAKE_CAMERA_SIZE": "640x480"}
    return fob, frames


def show(frames: Path, *pictures: str):
    for number, picture in enumerate(pictures):
        how = ["-resize", "400x400", "-gravity", "center", "-background", "gray60", "-extent", "640x480", "-depth", "8", "gray:-"]
        drawn = subprocess.run(["convert", FIXTURES / picture, *how], check=True, capture_output=True).stdout
        (frames / f"{number:03}.yuyv").write_bytes(bytes(byte for luma in drawn for byte in (luma, 128)))


def test_codes_before_a_camera_are_read(camera):
    fob, frames = camera
    show(frames, "blank.png", "two.png")
    fob.ok("add", "--camera")
    assert len(fob.json("list")) == 2


def test_every_thread_of_the_process_that_films_is_confined(camera):
    fob, frames = camera
    [pictures] = [f for f in json.loads(fob.run("--json", "doctor").stdout) if f["check"] == "pictures"]
    if pictures["health"] != "ok":
        pytest.skip(pictures["message"])
    show(frames, "blank.png")
    command = [BIN / "fob", "--vault", fob.vault, *fob.way, "add", "--camera"]
    filming = subprocess.Popen(command, env=fob.env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            states = threads_of_the_child(filming.pid)
            if states and all("Seccomp:\t2\n" in state and "NoNewPrivs:\t1\n" in state for state in states):
                return
            time.sleep(0.05)
        pytest.fail(f"not confined: {states}")
    finally:
        filming.kill()
        filming.wait()


def threads_of_the_child(parent: int) -> list[str]:
    """What the kernel says of each thread of the child that films."""
    found = subprocess.run(["pgrep", "-P", str(parent), "-f", "keyfob-contained camera:"], capture_output=True, text=True, check=False)
    try:
        return [(task / "status").read_text() for pid in found.stdout.split() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
