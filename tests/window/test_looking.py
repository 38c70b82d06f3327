"""A code off the screen, by the desktop's portal, and in front of a camera."""

import base64
import json
import subprocess
import time
from pathlib import Path

import pytest
from desktop import FIXTURES, Desktop, Keys, wait_for

MIROX = "Mirox (zoe@plant-7)"
REGION = "^Keyfob: QR$"


def show(desktop, picture: Path, at=(0, 0), scale=1):
    """A program of someone else's that shows a picture."""
    large = ["-sample", f"{scale * 100}%"] if scale != 1 else []
    desktop.spawn("display", *large, "-immutable", "-title", "shown", "-geometry", f"+{at[0]}+{at[1]}", str(picture))
    subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", "^shown$"], env=desktop.env, check=True, stdout=subprocess.DEVNULL, timeout=30)


def xdotool(desktop, *words: str):
    subprocess.run(["xdotool", *words], env=desktop.env, check=True, timeout=30, stdout=subprocess.DEVNULL)


def scan(window, what="Scan the whole screen"):
    window.press("Scan the screen")
    window.one("dialog")
    window.press(what, within="dialog")


def begin_a_region(desktop, window):
    scan(window, "Draw around the code")
    xdotool(desktop, "search", "--sync", "--onlyvisible", "--name", REGION)
    # It draws a moment after it is there.
    time.sleep(1)


def candidates(window) -> int:
    window.one("dialog fieldset")
    return len(window.all("dialog fieldset"))


def test_a_code_that_another_program_shows_is_scanned_off_the_screen(desktop):
    show(desktop, FIXTURES / "two.png")
    # The window comes up over the code, and has to go away to see it.
    with desktop.open_window() as window:
        window.press("Scan the screen")
        assert "hides its window" in window.text("dialog")
        window.shot("screen-before")
        window.press("Scan the whole screen", within="dialog")
        assert candidates(window) == 2
        window.shot("screen-found")
        window.press("Add 2 accounts")
        window.one(f"[role=option][title='{MIROX}']")
    assert {account["issuer"] for account in desktop.fob_json("list")} == {"Mirox", "Plato"}


def test_without_a_code_the_screen_says_so_and_can_be_tried_again(desktop):
    with desktop.open_window() as window:
        scan(window)
        assert "No QR code was found" in window.text("dialog [role=alert]")
        window.shot("screen-nothing")
        show(desktop, FIXTURES / "enroll.png")
        window.press("Try again", within="dialog")
        assert candidates(window) == 1


def test_the_second_monitor_is_looked_at_too():
    with Desktop(size="2560x900") as desktop:
        monitors = [("left", "1280/340x900/240+0+0", "screen"), ("right", "1280/340x900/240+1280+0", "none")]
        for monitor in monitors:
            # The server starts again when its last client goes, and answers nobody for a moment.
            command = ["xrandr", "--setmonitor", *monitor]
            wait_for(lambda command=command: subprocess.run(command, env=desktop.env).returncode == 0, why=f"no monitor {monitor[0]}")
            time.sleep(1)
        show(desktop, FIXTURES / "enroll.png", at=(1280, 100))
        with desktop.open_window(size=(1200, 850)) as window:
            scan(window)
            assert candidates(window) == 1
            window.press("Add", within="dialog")
            # A region on the second one: a still on each.
            window.one(f"[role=option][title='{MIROX}']")
            window.keys(Keys.CONTROL, "s", Keys.NULL)
            window.press("Draw around the code", within="dialog")
            xdotool(desktop, "search", "--sync", "--onlyvisible", "--name", REGION)
            time.sleep(1)
            xdotool(desktop, "mousemove", "1500", "150", "mousedown", "1", "mousemove", "1900", "500", "mousemove", "2350", "750")
            window.shot("region-second-monitor")
            xdotool(desktop, "mouseup", "1")
            assert "already" in window.text("dialog [data-duplicate]")
    with Desktop(size="2560x1800") as desktop:
        # A desktop at twice the scale: a code there has twice the pixels, and so has the window.
        desktop.env["GDK_SCALE"] = "2"
        show(desktop, FIXTURES / "enroll.png", scale=2)
        with desktop.open_window() as window:
            scan(window)
            assert candidates(window) == 1
            window.shot("screen-at-twice-the-scale")


def test_a_region_is_drawn_by_mouse_or_keyboard_and_can_be_left(desktop):
    show(desktop, FIXTURES / "two.png")
    with desktop.open_window() as window:
        begin_a_region(desktop, window)
        xdotool(desktop, "key", "Escape")
        wait_for(lambda: window.first("dialog button", lambda b: "Draw around" in b.text), why="it did not come back")
        assert not window.first("dialog [role=alert]"), "to choose nothing is no error"
        # Only the first of the two codes is drawn around.
        window.press("Draw around the code", within="dialog")
        xdotool(desktop, "search", "--sync", "--onlyvisible", "--name", REGION)
        time.sleep(1)
        xdotool(desktop, "mousemove", "270", "180", "mousedown", "1", "mousemove", "500", "400", "mousemove", "610", "520")
        window.shot("region-drawn")
        xdotool(desktop, "mouseup", "1")
        assert candidates(window) == 1
        assert window.attribute("dialog [name=issuer]", "value") == "Mirox"
        window.keys(Keys.ESCAPE)
        window.gone("dialog fieldset")
        # By the keyboard: the middle of the display is where it begins.
        begin_a_region(desktop, window)
        xdotool(desktop, "key", "--delay", "15", *["Left"] * 2, *["shift+Up"] * 3, "Return", *["shift+Right"] * 4, *["shift+Down"] * 4)
        window.shot("region-by-keyboard")
        xdotool(desktop, "key", "Return")
        assert candidates(window) == 1
        assert window.attribute("dialog [name=issuer]", "value") == "Plato"


class Portal:
    """A desktop portal that answers in one way, on a desktop that runs Wayland by what it says."""

    def __init__(self, desktop, answer: str, picture="enroll.png"):
        desktop.env["XDG_SESSION_TYPE"] = "wayland"
        self.folder = desktop.home / "Pictures"
        self.folder.mkdir(exist_ok=True)
        self.log = desktop.home / "portal.log"
        script = Path(__file__).with_name("fake_portal.py")
        said = desktop.spawn(
            "/usr/bin/python3", script, "--answer", answer, "--picture", FIXTURES / picture, "--folder", self.folder, "--log", self.log,
            stdout=subprocess.PIPE, text=True,
        )
        assert said.stdout.readline().strip() == "ready"

    def asked(self) -> list[dict]:
        return [json.loads(line)["options"] for line in self.log.read_text().splitlines()]


def test_on_wayland_the_portal_is_asked_and_its_picture_does_not_stay(desktop):
    portal = Portal(desktop, "granted")
    with desktop.open_window() as window:
        window.press("Scan the screen")
        assert "Your desktop will ask first" in window.text("dialog [data-asks=portal]")
        window.shot("portal-before")
        window.press("Scan the whole screen", within="dialog")
        assert candidates(window) == 1
        assert not list(portal.folder.iterdir()), "a picture of a key was left behind"
        window.keys(Keys.ESCAPE)
        window.gone("dialog fieldset")
        scan(window, "Draw around the code")
        assert candidates(window) == 1
    assert [options["interactive"] for options in portal.asked()] == [False, True]


def test_a_portal_that_refuses_is_told_from_one_that_was_cancelled(desktop):
    Portal(desktop, "refused")
    with desktop.open_window() as window:
        scan(window)
        assert "not allowed to see the screen" in window.text("dialog [role=alert]")
        window.shot("portal-refused")
    told = json.loads(desktop.fob("--json", "add", "--screen", check=False).stderr)["error"]
    assert told["code"] == "screen_refused"


def test_a_portal_that_was_cancelled_says_nothing(desktop):
    portal = Portal(desktop, "cancelled")
    with desktop.open_window() as window:
        window.press("Scan the screen")
        window.press("Scan the whole screen", within="dialog")
        wait_for(lambda: portal.log.exists() and portal.asked(), why="the portal was not asked")
        wait_for(lambda: window.first("dialog [aria-live]", lambda e: e.text == ""), why="it went on looking")
        time.sleep(1.5)
        assert not window.first("dialog [role=alert]")
        assert not window.first("dialog fieldset")
    told = desktop.fob("--json", "add", "--screen", check=False)
    assert (told.returncode, json.loads(told.stderr)["error"]["code"]) == (1, "cancelled")


def test_without_a_portal_wayland_says_what_to_do(desktop):
    desktop.env["XDG_SESSION_TYPE"] = "wayland"
    with desktop.open_window() as window:
        scan(window)
        assert "cannot be seen from here" in window.text("dialog [role=alert]")
        window.shot("portal-absent")


@pytest.fixture(scope="session")
def fake_camera(tmp_path_factory) -> Path:
    library = tmp_path_factory.mktemp("camera") / "fake_camera.so"
    source = Path(__file__).with_name("fake_camera.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def connect(desktop, library: Path, *pictures: str, times=3, fault="none"):
    """A camera before which these pictures are held, each for some frames."""
    frames = desktop.home / "frames"
    frames.mkdir()
    number = 0
    for picture in pictures:
        drawn = subprocess.run(
            ["convert", FIXTURES / picture, "-resize", "400x400", "-gravity", "center", "-background", "gray60", "-extent", "640x480", "-depth", "8", "gray:-"],
            check=True, capture_output=True,
        ).stdout
        yuyv = bytes(byte for luma in drawn for byte in (luma, 128))
        for _ in range(times):
            (frames / f"{number:03}.yuyv").write_bytes(yuyv)
            number += 1
    desktop.env |= {"LD_PRELOAD": str(library), "FAKE_CAMERA_FRAMES": str(frames), "FAKE_CAMERA_SIZE": "640x480", "FAKE_CAMERA_FAULT": fault}


def test_a_code_before_a_camera_becomes_an_account_and_the_page_never_sees_it(desktop, fake_camera):
    connect(desktop, fake_camera, "blank.png", "web-address.png", "two.png", times=12)
    with desktop.open_window() as window:
        window.press("Use a camera")
        wait_for(lambda: "web address" in window.text("dialog [data-said]"), why="it was not said what the code is")
        window.shot("camera-web-address")
        picture = window.attribute("dialog img", "src")
        shown = desktop.home / "shown.jpg"
        shown.write_bytes(base64.b64decode(picture.split(",")[1]))
        # At the size that is shown another reader would read it, if it were not covered.
        small = desktop.home / "small.png"
        subprocess.run(["convert", FIXTURES / "web-address.png", "-resize", "300x300", small], check=True)
        assert b"example.org" in subprocess.run(["zbarimg", "-q", small], capture_output=True, check=True).stdout
        read = subprocess.run(["zbarimg", "-q", shown], capture_output=True, check=False)
        assert read.stdout == b"", "the page was shown a code"
        assert candidates(window) == 2
        window.shot("camera-found")
        window.press("Add 2 accounts")
        window.one(f"[role=option][title='{MIROX}']")
        children = subprocess.run(["pgrep", "-f", "keyfob-contained camera"], capture_output=True, check=False)
        assert children.stdout == b"", "the camera stayed on"


def test_an_export_in_three_codes_is_collected_before_a_camera_in_any_order(desktop, fake_camera):
    connect(desktop, fake_camera, "blank.png", "export-3.png", "export-1.png", times=8)
    with desktop.open_window() as window:
        window.press("Use a camera")
        wait_for(lambda: "2 of 3" in window.text("dialog [data-said]"), why="the parts were not counted")
        assert "missing 2" in window.text("dialog [data-said]")
        window.shot("camera-parts")
        window.press("Go on with what was read")
        assert candidates(window) == 4
        window.shot("parts-missing")
        # The last part by another way.
        desktop.copy_picture(FIXTURES / "export-2.png")
        window.paste()
        wait_for(lambda: len(window.all("dialog fieldset")) == 6, why="the last part was not added")
        window.press("Add 6 accounts")
        wait_for(lambda: len(window.codes()) == 6, why="they were not kept")
    assert len(desktop.fob_json("list")) == 6


@pytest.mark.parametrize(
    ("fault", "says"),
    [("denied", "not allowed to use the camera"), ("busy", "cannot be used now"), ("unplugged", "No camera|cannot be used now")],
)
def test_a_camera_that_fails_says_why(desktop, fake_camera, fault, says):
    connect(desktop, fake_camera, "blank.png", fault=fault)
    with desktop.open_window() as window:
        window.press("Use a camera")
        alert = window.text("dialog [role=alert]", 30)
        assert any(words in alert for words in says.split("|")), alert
        window.shot(f"camera-{fault}")


def test_without_a_camera_that_is_said(desktop):
    with desktop.open_window() as window:
        window.press("Use a camera")
        assert "No camera was found" in window.text("dialog [role=alert]", 30)
        window.shot("camera-none")
    told = desktop.fob("--json", "add", "--camera", check=False)
    assert (told.returncode, json.loads(told.stderr)["error"]["code"]) == (1, "camera_none")


def test_fob_adds_what_is_before_the_camera_and_on_the_screen(desktop, fake_camera):
    show(desktop, FIXTURES / "enroll.png")
    added = desktop.fob_json("add", "--screen")
    assert [account["issuer"] for account in added["added"]] == ["Mirox"]
    connect(desktop, fake_camera, "export-1.png", "export-2.png", "export-3.png", times=4)
    added = desktop.fob_json("add", "--camera=fake")
    assert (len(added["added"]), added["exports"]) == (6, [{"parts": 3, "seen": [1, 2, 3], "missing": []}])
    told = desktop.fob("--json", "add", "--camera=another", check=False)
    assert (told.returncode, json.loads(told.stderr)["error"]["code"]) == (2, "usage")
