"""A desktop of its own for one test: a display, a session bus, a keyring and a home, all thrown away.

The window is driven through WebKitWebDriver, as `tauri-driver` drives it; the keyring is gnome-keyring.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import ElementNotInteractableException, NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.options import ArgOptions
from selenium.webdriver.remote.remote_connection import RemoteConnection

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("KEYFOB_BIN", ROOT / "target" / "debug"))
SHOTS = Path(os.environ.get("KEYFOB_SHOTS", ROOT / "target" / "window"))
FIXTURES = ROOT / "tests" / "fixtures"


# A window that is gone does not answer; a test of it fails then, rather than wait for ever.
RemoteConnection.set_timeout(600)


def wait_for(what, seconds=15.0, every=0.05, why="it did not happen"):
    """The first true answer of `what`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{why} within {seconds} s")
        time.sleep(every)


def patiently(what, seconds=15.0):
    """The answer of `what`, asked again where the page was drawn anew between finding an element and using it; `what` is
    told the seconds that are left."""
    end = time.monotonic() + seconds
    while True:
        try:
            return what(max(end - time.monotonic(), 0.0))
        except (StaleElementReferenceException, NoSuchElementException, ElementNotInteractableException):
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Desktop:
    """`with Desktop() as desktop:`; everything that it started ends with it."""

    def __init__(self, keyring=True, bus=True, dark=False, size="1280x900", lang="en_US.UTF-8"):
        self.home = Path(tempfile.mkdtemp(prefix="keyfob-window-"))
        self._children: list[subprocess.Popen] = []
        self._bus = bus
        self._keyring = keyring
        self._size = size
        self.keyring: subprocess.Popen | None = None
        run = self.home / "run"
        run.mkdir(mode=0o700)
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(run),
            "XDG_DATA_HOME": str(self.home / "data"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "XDG_STATE_HOME": str(self.home / "state"),
            "LANG": "C.UTF-8",
            "LANGUAGE": lang.split("_")[0],
            "GDK_BACKEND": "x11",
            "GTK_THEME": "Adwaita:dark" if dark else "Adwaita",
            "NO_AT_BRIDGE": "1",
            # What tauri-driver sets, so that a window lets itself be driven.
            "TAURI_AUTOMATION": "true",
            "TAURI_WEBVIEW_AUTOMATION": "true",
            "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent",
        }

    def __enter__(self) -> "Desktop":
        try:
            self._start_display()
            if self._bus:
                self._start_bus()
                if self._keyring:
                    self.start_keyring()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for child in reversed(self._children):
            if child.poll() is None:
                child.terminate()
        for child in self._children:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                child.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def spawn(self, *command, env=None, **more) -> subprocess.Popen:
        child = subprocess.Popen(command, env=env or self.env, **more)
        self._children.append(child)
        return child

    def _start_display(self):
        read, write = os.pipe()
        self.spawn(
            "Xvfb", "-displayfd", str(write), "-screen", "0", f"{self._size}x24", "-nolisten", "tcp",
            pass_fds=[write], stderr=subprocess.DEVNULL, env=dict(os.environ),
        )
        os.close(write)
        with os.fdopen(read) as number:
            self.env["DISPLAY"] = f":{number.readline().strip()}"

    def _start_bus(self):
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._bus_address()

    def _bus_address(self) -> str:
        bus = self.spawn(
            "dbus-daemon", "--session", "--nofork", "--print-address",
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        return bus.stdout.readline().strip()

    def start_system(self) -> "System":
        """A system bus with a logind and a polkit of ours."""
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = self._bus_address()
        return System(self)

    def start_keyring(self, password="test"):
        """An unlocked keyring. `password` None starts it locked."""
        (self.home / "data").mkdir(mode=0o700, exist_ok=True)
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        if password is not None:
            command.append("--unlock")
        self.keyring = self.spawn(*command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if password is not None:
            self.keyring.stdin.write(password.encode())
        self.keyring.stdin.close()
        wait_for(self._has_secrets, why="the keyring did not start")

    def _has_secrets(self) -> bool:
        asked = subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"],
            env=self.env, capture_output=True, text=True, check=False,
        )
        return "true" in asked.stdout

    def stop_keyring(self):
        self.keyring.kill()
        self.keyring.wait()
        wait_for(lambda: not self._has_secrets(), why="the keyring did not stop")

    def lock_keyring(self):
        subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets",
             "org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/collection/login"],
            env=self.env, check=True, capture_output=True,
        )

    def keyring_key(self) -> bytes:
        """What the keyring holds for the vault."""
        return subprocess.run(["secret-tool", "lookup", "service", "app.keyfob.vault"], env=self.env, check=True, capture_output=True).stdout

    def secret_file(self, name: str, text: str) -> Path:
        """A file outside every folder of Keyfob's, with a passphrase or a key in it."""
        path = self.home / name
        path.write_text(text + "\n")
        return path

    def new_recovery_key(self) -> Path:
        key = self.fob_json("recovery-key", "new", "--yes")["key"]
        return self.secret_file(f"recovery-{key[-4:]}.txt", key)

    def keyring_items(self) -> int:
        found = subprocess.run(["secret-tool", "search", "--all", "service", "app.keyfob.vault"], env=self.env, capture_output=True, text=True, check=False)
        return (found.stdout + found.stderr).count("attribute.username")

    def clear_keyring(self):
        subprocess.run(["secret-tool", "clear", "service", "app.keyfob.vault"], env=self.env, check=True)

    @property
    def vault(self) -> Path:
        return self.home / "data" / "keyfob" / "vault"

    def fob(self, *arguments, stdin: bytes = b"", check=True) -> subprocess.CompletedProcess:
        done = subprocess.run([BIN / "fob", *arguments], env=self.env, input=stdin, capture_output=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"fob {arguments} exited {done.returncode}: {done.stderr.decode()}")
        return done

    def fob_json(self, *arguments, **more):
        return json.loads(self.fob("--json", *arguments, **more).stdout)

    def copy_picture(self, path: Path):
        """Puts a picture on the clipboard, as a screenshot tool does."""
        self.spawn("xclip", "-selection", "clipboard", "-t", "image/png", "-i", str(path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.3)

    def copy_text(self, text: str):
        subprocess.run(["xclip", "-selection", "clipboard", "-i"], env=self.env, input=text.encode(), check=True, stdout=subprocess.DEVNULL)

    def choose_file(self, path: Path, shot=None):
        """Types a path into the system's file dialog, as a person can."""
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "(Open|Select|Choose).*"]
        subprocess.run([*search, "windowfocus"], env=self.env, check=True, timeout=30, stdout=subprocess.DEVNULL)
        time.sleep(1)
        # The first slash opens a field for the path; what is typed before it is there would be lost.
        subprocess.run(["xdotool", "key", "slash"], env=self.env, check=True)
        time.sleep(1)
        subprocess.run(["xdotool", "type", "--delay", "20", str(path)[1:]], env=self.env, check=True)
        time.sleep(0.5)
        if shot:
            self.shot(shot)
        subprocess.run(["xdotool", "key", "Return"], env=self.env, check=True)

    def close_by_the_window_manager(self):
        """Asks the window to close, as a click on its ✕ does (ICCCM 4.2.8.1: WM_DELETE_WINDOW)."""
        found = subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", "^Keyfob$"], env=self.env, check=True, capture_output=True, text=True)
        script = Path(__file__).with_name("close_window.py")
        subprocess.run(["/usr/bin/python3", script, found.stdout.split()[0]], env=self.env, check=True)

    def clipboard(self) -> str:
        return subprocess.run(["xclip", "-selection", "clipboard", "-o"], env=self.env, capture_output=True, check=False).stdout.decode(errors="replace")

    def copied(self, text: str):
        """Waits until the clipboard holds this text: what is on the screen is there a moment earlier."""
        wait_for(lambda: self.clipboard() == text, why=f"{text!r} was not copied")

    def open_window(self, *arguments, wrap=(), size=None) -> "Window":
        return Window(self, arguments, wrap, size)

    def shot(self, name: str) -> Path:
        """What is on the display, as a picture under target/window."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(path)], env=self.env, check=True)
        return path


class System:
    """The fake system services: `tell` has them do something, `said` waits for what they were asked."""

    def __init__(self, desktop: Desktop):
        script = Path(__file__).with_name("fake_system.py")
        self._child = desktop.spawn("/usr/bin/python3", script, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.said("ready")

    def _read(self):
        for line in self._child.stdout:
            self.lines.append(line.strip())

    def tell(self, word: str):
        self._child.stdin.write(f"{word}\n")
        self._child.stdin.flush()
        self.said(f"did {word}")

    def said(self, part: str, times=1):
        wait_for(lambda: sum(part in line for line in self.lines) >= times, why=f"the system was not asked for {part!r}: {self.lines}")


class Program(ArgOptions):
    """A program with a WebKitGTK view in it, rather than a browser: it has no name and no version."""

    default_capabilities = {}

    def __init__(self, binary: Path, arguments):
        super().__init__()
        self._program = {"binary": str(binary), "args": [str(argument) for argument in arguments]}

    def to_capabilities(self):
        return {"webkitgtk:browserOptions": self._program}


class Window:
    """The real program in a real window."""

    def __init__(self, desktop: Desktop, arguments, wrap, size):
        self.desktop = desktop
        port = free_port()
        env = dict(desktop.env)
        binary = BIN / "keyfob"
        if wrap:
            binary = desktop.home / "wrapped.sh"
            binary.write_text("#!/bin/sh\nexec " + " ".join(map(str, wrap)) + f' {BIN / "keyfob"} "$@"\n')
            binary.chmod(0o755)
        self.service = desktop.spawn("WebKitWebDriver", f"--port={port}", env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: _listens(port), why="WebKitWebDriver did not start")
        self.driver = webdriver.Remote(f"http://127.0.0.1:{port}", options=Program(binary, arguments))
        if size:
            self.driver.set_window_size(*size)

    def __enter__(self) -> "Window":
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # Only those of this window: others run beside it.
        programs = descendants(self.service.pid)
        try:
            self.driver.quit()
        except Exception:  # the window may be gone already
            pass
        self.service.terminate()
        self.service.wait()
        for program in programs:
            try:
                os.kill(program, signal.SIGTERM)
            except ProcessLookupError:
                pass

    def all(self, css: str):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def first(self, css: str, fits=lambda _: True):
        """The first on the screen that fits; none, where the page changes while it is looked at."""
        try:
            return next((e for e in self.all(css) if e.is_displayed() and fits(e)), None)
        except StaleElementReferenceException:
            return None

    def one(self, css: str, seconds=15):
        return wait_for(lambda: self.first(css), seconds, why=f"no {css}")

    def gone(self, css: str, seconds=15):
        wait_for(lambda: not self.all(css), seconds, why=f"{css} stayed")

    def button(self, text: str, seconds=15, within=""):
        return wait_for(lambda: self.first(f"{within} button", lambda b: text in b.text), seconds, why=f"no button {text!r}")

    def press(self, text: str, seconds=15, within=""):
        """Clicks the button with this text."""
        patiently(lambda left: self.button(text, left, within).click(), seconds)

    def click(self, css: str, seconds=15):
        patiently(lambda left: self.one(css, left).click(), seconds)

    def type(self, css: str, *keys, seconds=15):
        """Types into a field."""
        patiently(lambda left: self.one(css, left).send_keys(*keys), seconds)

    def keys(self, *keys):
        """Types where the focus is."""
        patiently(lambda _: self.driver.switch_to.active_element.send_keys(*keys))

    def text(self, css: str, seconds=15) -> str:
        return patiently(lambda left: self.one(css, left).text, seconds)

    def attribute(self, css: str, name: str, seconds=15) -> str:
        return patiently(lambda left: self.one(css, left).get_attribute(name), seconds)

    def toast(self, part: str):
        """Waits for a toast with this text."""
        wait_for(lambda: self.first("[data-toast]", lambda e: part in e.text), why=f"no toast {part!r}")

    def paste(self):
        """Ctrl+V from the keyboard of the display, as a person presses it."""
        subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", "^Keyfob$", "windowfocus", "key", "--clearmodifiers", "ctrl+v"], env=self.desktop.env, check=True, stdout=subprocess.DEVNULL)

    def codes(self) -> dict[str, str]:
        """What the rows show: issuer and label to code."""
        script = """return [...document.querySelectorAll('[role=option]')].map(r => [
            r.title, r.querySelector('[data-code]')?.dataset.code ?? ''])"""
        return dict(self.driver.execute_script(script))

    def shot(self, name: str) -> Path:
        return self.desktop.shot(name)


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # The name in brackets may hold anything; the parent is the second word behind it.
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            pass
    found = [child for child, parent in parents.items() if parent == pid]
    for child in found:
        found += [other for other, parent in parents.items() if parent == child]
    return found


def _listens(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def totp_now(secret: str, *options: str, algorithm: str = "SHA1") -> str:
    """What oathtool says now."""
    return subprocess.run(["oathtool", f"--totp={algorithm}", *options, "-b", secret], check=True, capture_output=True, text=True).stdout.strip()


__all__ = ["BIN", "Desktop", "FIXTURES", "Keys", "ROOT", "SHOTS", "Window", "signal", "totp_now", "wait_for"]
