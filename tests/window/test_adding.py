"""From nothing to a code, in each of the ways that a person has."""

import shutil
import subprocess
import time

from desktop import FIXTURES, ROOT, Desktop, Keys, totp_now, wait_for

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MIROX = "Mirox (zoe@plant-7)"


def shows_the_right_code(window, name, secret, *options, algorithm="SHA1"):
    def same():
        before = totp_now(secret, *options, algorithm=algorithm)
        return window.codes().get(name) == before == totp_now(secret, *options, algorithm=algorithm)

    wait_for(same, 40, why=f"{name} and oathtool did not agree")


def test_a_pasted_screenshot_becomes_a_code_and_one_key_copies_it(desktop):
    with desktop.open_window() as window:
        assert "Show Keyfob a QR code" in window.text("h1")
        assert not desktop.vault.exists() and desktop.keyring_items() == 0
        window.shot("first-run")
        desktop.copy_picture(FIXTURES / "enroll.png")
        window.paste()
        dialog = window.text("dialog")
        for shown in ("TOTP", "SHA-1", "30 seconds", "Digits 6"):
            assert shown in dialog
        assert window.attribute("dialog [data-code]", "data-code")
        window.shot("preview")
        assert not desktop.vault.exists(), "a preview keeps nothing"
        window.keys(Keys.ENTER)
        shows_the_right_code(window, MIROX, SECRET)
        assert desktop.keyring_items() == 1
        window.shot("list")
        window.keys(Keys.ENTER)
        window.toast("Copied the code of Mirox")
        wait_for(lambda: desktop.clipboard() == window.codes()[MIROX], why="the clipboard is not the code")
    # The next start: one key from start to a copied code.
    with desktop.open_window() as window:
        window.one("[role=option] [data-code]")
        window.keys(Keys.ENTER)
        window.toast("Copied the code of Mirox")


def test_a_chosen_file_is_read_and_then_offered_for_deletion(desktop):
    picture = desktop.home / "shot.png"
    shutil.copy(FIXTURES / "two.png", picture)
    with desktop.open_window() as window:
        window.one("h1")
        window.press("Choose a picture")
        desktop.choose_file(picture, shot="file-chooser")
        window.one("dialog")
        window.shot("preview-two")
        window.press("Add 2 accounts")
        assert "shot.png" in window.text("[data-notice=picture]")
        window.shot("picture-holds-key")
        window.press("Delete", within="[data-notice=picture]")
        wait_for(lambda: not picture.exists(), why="the picture was not deleted")
        assert len(window.codes()) == 2


def test_a_picture_dragged_from_another_program_is_read_where_it_is_dropped(desktop):
    picture = desktop.home / "shot.png"
    shutil.copy(FIXTURES / "enroll.png", picture)

    def mouse(*command):
        subprocess.run(["xdotool", *map(str, command)], env=desktop.env, check=True)

    with desktop.open_window() as window:
        window.one("h1")
        desktop.spawn("/usr/bin/python3", str(ROOT / "tests/window/drag_source.py"), str(picture))
        subprocess.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", "^drag source$"], env=desktop.env, check=True, timeout=30, stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        mouse("mousemove", 1150, 80)
        mouse("mousedown", 1)
        for step in range(30):
            mouse("mousemove", 1150 - 22 * step, 80 + 9 * step)
            time.sleep(0.03)
        window.one(".drop")
        window.shot("dragging")
        mouse("mouseup", 1)
        window.one("dialog")
        window.gone(".drop")
        window.keys(Keys.ENTER)
        assert "shot.png" in window.text("[data-notice=picture]")
        shows_the_right_code(window, MIROX, SECRET)
        window.press("Keep", within="[data-notice=picture]")
        window.gone("[data-notice=picture]")
    assert picture.exists()


def test_typed_keys_and_their_settings(desktop):
    desktop.fob("init")
    with desktop.open_window() as window:
        window.press("Type a setup key")
        window.type("[name=key]", "jbsw y3dp 1")
        window.press("Preview")
        assert "letters A–Z" in window.text("[data-error=key_not_base32]")
        window.shot("typed-error")
        window.type("[name=key]", Keys.BACKSPACE, "ehpk 3pxp")
        window.type("[name=issuer]", "Bank")
        window.type("[name=label]", "zoe")
        window.click("summary")
        window.driver.execute_script("""
            const set = (name, value) => { const field = document.querySelector(`[name=${name}]`); field.value = value;
              field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', {bubbles: true})); };
            set('algorithm', 'SHA256'); set('digits', '8'); set('period', '60');""")
        window.press("Preview")
        dialog = wait_for(lambda: window.first("dialog", lambda d: "SHA-256" in d.text), why="no preview").text
        assert "60 seconds" in dialog and "short key" in dialog
        window.keys(Keys.ENTER)
        shows_the_right_code(window, "Bank (zoe)", "JBSWY3DPEHPK3PXP", "--digits=8", "--time-step-size=60s", algorithm="SHA256")


def test_the_very_same_key_is_recognised(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    with desktop.open_window() as window:
        window.one("[role=option]")
        desktop.copy_picture(FIXTURES / "enroll.png")
        window.paste()
        assert "already" in window.text("[data-duplicate]")
        window.shot("duplicate")
        window.keys(Keys.ESCAPE)
        window.gone("dialog")
    assert len(desktop.fob_json("list")) == 1


def test_a_paste_that_is_no_code_says_so_and_words_search(desktop):
    desktop.fob("add", FIXTURES / "two.png")
    with desktop.open_window() as window:
        window.one("[role=option]")
        desktop.copy_picture(FIXTURES / "blank.png")
        window.paste()
        window.toast("No QR code was found")
        window.shot("toast-error")
        desktop.copy_text("plato")
        window.paste()
        wait_for(lambda: list(window.codes()) == ["Plato (LIVE)"], why="the words did not search")


def test_hotp_counts_on_and_fob_agrees(desktop):
    desktop.fob("add", "otpauth://hotp/Door:front?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Door")
    with desktop.open_window() as window:
        window.one("[role=option]")
        window.press("Next code")
        wait_for(lambda: window.codes()["Door (front)"] == "755224", why="not the first code of RFC 4226")
        desktop.copied("755224")
        assert desktop.fob_json("code", "door", "--advance")[0]["code"] == "287082"
        window.press("Next code")
        wait_for(lambda: window.codes()["Door (front)"] == "359152", why="not the third code of RFC 4226")
        window.shot("hotp")


def test_window_and_fob_see_each_others_changes(desktop):
    desktop.fob("add", FIXTURES / "enroll.png")
    with desktop.open_window() as window:
        window.one("[role=option]")
        desktop.fob("add", "otpauth://totp/GitHub:zoe?secret=MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U")
        started = time.monotonic()
        wait_for(lambda: "GitHub (zoe)" in window.codes(), why="the window did not see what fob added")
        print(f"seen after {time.monotonic() - started:.2f} s")
        window.keys(Keys.DELETE)
        window.toast("in the trash")
        assert [a["issuer"] for a in desktop.fob_json("list")] in (["Mirox"], ["GitHub"])
        window.shot("deleted")
        window.press("Undo")
        wait_for(lambda: len(desktop.fob_json("list")) == 2, why="undo did not reach fob")
        wait_for(lambda: len(window.codes()) == 2, why="undo did not come back to the page")
        window.keys(Keys.F2)
        window.type("dialog [name=issuer]", Keys.CONTROL, "a")
        window.type("dialog [name=issuer]", "Renamed", Keys.ENTER)
        wait_for(lambda: "Renamed" in [a["issuer"] for a in desktop.fob_json("list")], why="the name did not reach fob")


def test_looks_with_a_thousand_accounts_in_dark_and_in_narrow():
    for name, dark, size in (("dark", True, None), ("narrow", False, (360, 640))):
        with Desktop(dark=dark) as desktop:
            lines = "\n".join(f"otpauth://totp/Service{n}:zoe?secret=JBSWY3DPEHPK3{chr(65 + n % 26)}{chr(65 + n // 26 % 26)}{chr(65 + n // 676)}&issuer=Service{n}" for n in range(1000))
            assert len(desktop.fob_json("add", "-", stdin=lines.encode())["added"]) == 1000
            with desktop.open_window(size=size) as window:
                window.one("[role=option] [data-code]")
                assert "1,000 accounts" in window.text(".foot")
                scheme = window.driver.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
                assert scheme == dark
                window.shot(f"thousand-{name}")
