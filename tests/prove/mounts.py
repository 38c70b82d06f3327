"""Mounts small file systems of other kinds, by the kernel where it knows them, else by a driver in user space. Where the
machine allows neither, `NotHere` says why."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

SIZE = 8 * 1024 * 1024


class NotHere(Exception):
    """This machine does not mount it, and why."""


def run(*command) -> str:
    """Runs a tool; what it said where it failed."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    if not shutil.which(str(command[0]), path=path):
        return f"{command[0]} is not installed"
    done = subprocess.run([*map(str, command)], env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return "" if done.returncode == 0 else f"{command[0]}: {(done.stdout.strip().splitlines() or ['failed'])[0]}"


def is_mounted(place: Path) -> bool:
    return any(line.split()[1] == str(place) for line in Path("/proc/mounts").read_text().splitlines())


def unmount(place: Path):
    for _ in range(100):
        if not is_mounted(place) or not run("umount", place):
            return
        time.sleep(0.1)
    run("umount", "--lazy", place)


def an_image(folder: Path, make: list, size: int) -> Path:
    image = folder / "image"
    with image.open("wb") as file:
        file.truncate(size)
    said = run(*make, image)
    if said:
        raise NotHere(said)
    return image


@contextlib.contextmanager
def image_of(kind: str, folder: Path, size: int = SIZE):
    """`vfat` or `exfat`, on a file through a loop device. Gives the folder, and who drives it."""
    make, driver = {"vfat": (["mkfs.vfat"], ["fusefat", "-s", "-o", "rw+"]), "exfat": (["mkfs.exfat"], ["mount.exfat-fuse"])}[kind]
    image, place = an_image(folder, make, size), folder / "mounted"
    place.mkdir()
    said = [run("mount", "-t", kind, "-o", "loop,umask=077", image, place)]
    loop, by = None, "the kernel"
    try:
        if said[0]:
            by = driver[0]
            device = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True, check=False)
            loop = device.stdout.strip()
            # A driver that is given a file instead of a device may refuse it, or not.
            said.append(run(*driver, loop or image, place))
            if said[-1] and loop:
                said.append(run(*driver, image, place))
        if not is_mounted(place):
            raise NotHere("; ".join(filter(None, said)))
        yield place, by
    finally:
        unmount(place)
        if loop:
            run("losetup", "--detach", loop)


class Odd:
    """A folder of `odd_folder.py` that is mounted."""

    def __init__(self, place: Path, quirks: Path):
        self.place, self._quirks = place, quirks

    def set(self, **quirks):
        """Changes what is odd, at once."""
        new = self._quirks.with_suffix(".new")
        new.write_text(json.dumps(quirks))
        new.replace(self._quirks)


@contextlib.contextmanager
def odd(folder: Path, **quirks):
    """A folder in user space with these quirks."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise NotHere("there is no /dev/fuse to open")
    if subprocess.run([sys.executable, "-c", "import fusepy"], capture_output=True, check=False).returncode:
        raise NotHere("python3-fusepy is not installed")
    place, backing, file = folder / "odd", folder / "backing", folder / "quirks.json"
    place.mkdir()
    backing.mkdir()
    mounted = Odd(place, file)
    mounted.set(**quirks)
    driver = subprocess.Popen([sys.executable, "-B", Path(__file__).parent / "odd_folder.py", place, backing, file], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(100):
            if is_mounted(place) or driver.poll() is not None:
                break
            time.sleep(0.1)
        if not is_mounted(place):
            driver.kill()
            raise NotHere((driver.communicate()[1].strip().splitlines() or ["FUSE does not mount"])[-1])
        yield mounted
    finally:
        mounted.set()
        unmount(place)
        driver.kill()
        driver.wait()
