"""The five services in the real window, through all seven points of shared/SERVICES.md, with real time and a real keyring. Pictures of every state lie under
target/window. The pages are the service's, codes are judged by pyotp."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from in_window import Terminal, beside
from person import PASSWORD, WITH_CODES, AtMirox, AtPlato, AtPlausible, AtPluton, AtPterodactyl, at

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "window"))
from desktop import Desktop, Keys, wait_for  # noqa: E402

AFTER = {"mirox": "off", "pterodactyl": "on", "pluton": "on", "plausible": "on"}


@pytest.fixture
def desktop():
    with Desktop() as made:
        yield made


@pytest.fixture
def zoe(kind, desktop, tmp_path):
    """Zoe at the service, with Keyfob's window open beside the browser."""
    with beside(kind)(Terminal(desktop), time.time, random.Random(kind.id), tmp_path) as person, desktop.open_window() as window:
        person.window = window
        window.one("h1")
        yield person


@at(AtMirox, AtPterodactyl, AtPluton, AtPlausible, AtPlato)
def test_an_enrollment_is_led_to_its_end_in_the_services_order(zoe):
    kinds = [step["kind"] for step in zoe.playbook["steps"]]
    done = []
    for step in zoe.enrolling():
        done.append(step)
        proved = "prove" in done
        wait_for(lambda: zoe.companion()["account"]["state"] == ("on" if proved else "pending"), why=f"{done}")
        if step == "scan":
            # Left half-way, with the window closed: what was scanned is kept, and it goes on there.
            zoe.window.press("Later", within="[data-guide]")
            zoe.guide("paused")
            zoe.shot("paused")
            zoe.window.press("Go on setting up", within="[data-guide]")
            zoe.guide("steps")
    assert done == kinds and zoe.is_on()
    zoe.shot("enrolled")
    if "keep" in kinds:
        assert zoe.kept() == zoe.service.codes.texts
        assert not [text for text in zoe.service.codes.texts if text in zoe.window.text("main")], "they are masked"
        zoe.window.press("Show", within="[data-spot=recovery]")
        wait_for(lambda: zoe.service.codes.texts[0] in zoe.window.text("[data-spot=recovery]"), why="the code was not shown")
    assert zoe.check(zoe.code_of_now()) in ("right", "used")
    zoe.shot("checked")


@at(*WITH_CODES)
def test_a_recovery_code_is_used_once_and_what_follows_is_the_playbooks(zoe):
    list(zoe.enrolling())
    code = zoe.use()
    assert code == zoe.service.codes.texts[0]
    zoe.shot("did-it-work")
    assert zoe.sign_in(recovery=code)
    zoe.answer("It worked")
    wait_for(lambda: zoe.states()[0] == "used", why="it was not marked")
    assert not zoe.window.all("[data-use='1']"), "a used code is not offered again"
    assert zoe.companion()["account"]["state"] == AFTER[zoe.id]
    if zoe.id == "mirox":
        zoe.guide("off")
        zoe.shot("off")
        assert not zoe.is_on()
        # The fresh scan, with a code of its own; the name stays.
        account = zoe.companion()["account"]
        list(zoe.enrolling(again=True))
        now = zoe.companion()
        assert (now["account"]["id"], now["account"]["label"], now["account"]["state"]) == (account["id"], account["label"], "on")
        assert zoe.kept() == zoe.service.codes.texts
    else:
        assert not zoe.sign_in(recovery=code), "the service refuses it too"
        zoe.shot("used")


@at(AtMirox, AtPlausible)
def test_new_codes_void_the_old_and_can_be_taken_back(zoe):
    list(zoe.enrolling())
    old = zoe.kept()
    zoe.window.press("New code", within="[data-spot=recovery]")
    zoe.go_to_settings()
    zoe.browser.walk(zoe.playbook["regenerating"]["click"], code=zoe.code(), password=PASSWORD)
    assert zoe.service.codes.texts != old
    zoe.shot("new-codes")
    zoe.keep_from_clipboard(zoe.browser.copy(), "[data-spot=new_codes]")
    wait_for(lambda: zoe.kept() == zoe.service.codes.texts, why="the new ones were not kept")
    past = zoe.companion()["past"]
    assert [batch["why"] for batch in past] == ["replaced"] and {code["state"] for code in past[0]["codes"]} == {"void"}
    zoe.undo("recovery codes replaced")
    wait_for(lambda: zoe.kept() == old, why="undo did not bring the old ones back")


@at(AtMirox, AtPterodactyl, AtPluton, AtPlausible, AtPlato)
def test_disabled_and_enrolled_again_the_account_is_the_same(zoe):
    list(zoe.enrolling())
    before = zoe.companion()["account"]
    zoe.disable()
    zoe.say_disabled()
    zoe.shot("disabled")
    off = zoe.companion()
    assert off["account"]["state"] == "off" and off["live"] is None
    zoe.__dict__["_used"] = set()
    list(zoe.enrolling(again=True))
    now = zoe.companion()
    assert [now["account"][word] for word in ("id", "issuer", "label", "state")] == [*[before[word] for word in ("id", "issuer", "label")], "on"]
    assert now["former_keys"] == 1 and zoe.sign_in(code=zoe.code())
    zoe.shot("enrolled-again")


@at(AtPluton)
def test_a_code_that_was_not_accepted_is_found_out_about(zoe):
    walk = zoe.enrolling()
    next(walk)
    zoe.window.press("Not accepted", within="[data-guide]")
    old = subprocess.run(["oathtool", "--totp", "-b", "--now", f"@{int(time.time()) - 120}", zoe.key().secret], check=True, capture_output=True, text=True).stdout.strip()
    zoe.window.type("input[name=typed]", old, Keys.ENTER)
    assert zoe.window.attribute("[data-diagnosis]", "data-diagnosis") == "expired"
    zoe.shot("not-accepted")
    list(walk)
    assert zoe.is_on()


@at(AtPlato)
def test_two_pairings_of_one_label_are_two_and_one_picture_twice_is_one(zoe):
    list(zoe.enrolling())
    zoe.window.desktop.copy_picture(zoe.picture)
    zoe.window.paste()
    assert "already" in zoe.window.text("dialog")
    zoe.shot("same-picture")
    zoe.window.keys(Keys.ESCAPE)
    zoe.window.gone("dialog")
    assert len(zoe.fob.json("list")) == 1
    # The acceptance system calls itself the same.
    other = type(zoe.service)(setting="Auto:Codectomy St Elsewhere LIVE")
    other.require_2fa()
    uri = other.show_qr_code("zoe")
    zoe.window.desktop.copy_text(uri)
    zoe.window.paste()
    zoe.window.one("dialog [data-code]")
    zoe.shot("same-label")
    assert "same name" in zoe.window.text("dialog")
    zoe.window.press("Add", within="dialog")
    zoe.window.gone("dialog")
    wait_for(lambda: len(zoe.fob.json("list")) == 2, why="the second pairing was not kept")
    assert sorted(row["label"] for row in zoe.fob.json("list")) == ["Codectomy St Elsewhere LIVE", "Codectomy St Elsewhere LIVE (2)"]
    script = "return [...document.querySelectorAll('[role=option] b')].map((name) => name.textContent)"
    rows = wait_for(lambda: shown if len(shown := set(zoe.window.driver.execute_script(script))) == 2 else None, why="the rows look alike")
    assert any(row.endswith("(2)") for row in rows)
    zoe.shot("two-of-one-label")


@at(AtPlausible)
def test_by_keyboard_alone_codes_are_kept_used_and_taken_back(zoe):
    walk = zoe.enrolling()
    next(walk)
    next(walk)
    zoe.browser.walk([])
    page = zoe.browser.copy()
    keys = zoe.window.keys
    zoe.window.desktop.copy_text(page)

    def focused(text):
        script = "return document.activeElement?.textContent?.trim() ?? ''"
        wait_for(lambda: text in zoe.window.driver.execute_script(script), why=f"{text!r} did not get the focus")

    def tab_to(text, most=40):
        for _ in range(most):
            if text in zoe.window.driver.execute_script("return document.activeElement?.textContent?.trim() ?? ''"):
                return
            keys(Keys.TAB)
        raise AssertionError(f"{text!r} is not reached by Tab")

    tab_to("Paste")
    keys(Keys.ENTER)
    focused("Keep")
    keys(Keys.ENTER)
    focused("Done")
    keys(Keys.ENTER)
    assert zoe.kept() == zoe.service.codes.texts
    zoe.window.keys(Keys.CONTROL, "g")
    tab_to("Copy")
    keys(Keys.ENTER)
    focused("Did it work?")
    tab_to("It worked")
    keys(Keys.ENTER)
    wait_for(lambda: zoe.states()[0] == "used", why="it was not marked as used")
    keys(Keys.CONTROL, "z")
    wait_for(lambda: zoe.states()[0] == "in_doubt", why="undo did not take the answer back")
