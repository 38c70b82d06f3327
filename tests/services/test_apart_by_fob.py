"""Codes that were not accepted, the dry run, and accounts that look alike: points six and seven of shared/SERVICES.md, by `fob`."""

import time

import pyotp
import pytest
from pam import next_step, step_with_time_left
from person import AtMirox, AtPlato, AtPlausible, AtPluton, AtPterodactyl, at, holds

# 6. Check.


@at(AtMirox)
def test_the_dry_run_of_the_service_takes_a_code_and_nothing_changes(person):
    person.enrolled()
    before, status = person.companion(), person.service.status()
    person.go_to_settings()
    person.browser.walk(person.playbook["check"], code=person.code())
    assert not person.browser.refused() and "valid" in person.browser.copy()
    assert person.service.status() == status and person.companion() == before


@at(AtPlausible)
def test_what_was_done_by_mistake_is_taken_back(person):
    person.enrolled()
    before = person.companion()
    person.enroll("off")
    assert person.companion()["undo"]["kind"] == "disabled"
    back = person.enroll("undo")
    assert back["account"]["state"] == "on" and back["live"] == before["live"]
    assert person.kept() == person.service.codes.texts


def now(key, steps=0) -> str:
    """What pyotp says holds now, or so many steps from now."""
    return pyotp.TOTP(key.secret).at(int(time.time()) + 30 * steps)


def diagnosis(person, *typed) -> dict:
    return person.enroll("refused", *typed)["diagnosis"]


@at(AtPterodactyl)
def test_a_code_that_was_refused_is_told_as_what_it_is_and_changes_nothing(person, fob):
    walk = person.enrolling()
    next(walk)
    fob.ok("add", "otpauth://totp/GitHub:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=GitHub")
    before, key = person.companion(), person.key()
    step_with_time_left()
    assert diagnosis(person, now(key)) == {"kind": "right"} == diagnosis(person)
    assert diagnosis(person, now(key, -3)) == {"kind": "expired", "steps": 3, "seconds": 90}
    assert diagnosis(person, now(key, 2)) == {"kind": "early", "steps": 2, "seconds": 60}
    other = diagnosis(person, pyotp.TOTP("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").now())
    assert other["kind"] == "other_account" and "GitHub" in other["name"]
    said = person.enroll("refused", now(key, -1))
    advice = [one for one in before["playbook"]["advice"] if one["when"] == "not_accepted"]
    assert said["advice"] == advice and advice, "the service's own advice comes with it"
    after = person.companion()
    assert (after["account"], after["step"], after["todo"]) == (before["account"], before["step"], before["todo"])
    assert person.timeline().count("not_accepted") == 6
    assert not holds(fob.json("timeline", person.query), now(key), now(key, -3), now(key, 2)), "what was typed is not kept"


@at(AtPluton)
def test_a_code_of_the_step_that_was_accepted_works_no_second_time(person):
    walk = person.enrolling()
    next(walk)
    step_with_time_left()
    person.enroll("accepted")
    assert diagnosis(person, now(person.key())) == {"kind": "used"}
    next_step()
    assert diagnosis(person, now(person.key())) == {"kind": "right"}


# 7. Tell apart.


@at(AtPlato)
def test_the_very_same_qr_scanned_twice_is_recognised(person):
    person.enrolled()
    shown = person.administrator().press("zoe").press("Show QR Code")
    again = person.fob.json("add", shown.screenshot(person.folder / "same.png"))
    assert not again["added"] and len(again["duplicates"]) == 1
    assert len(person.fob.json("list")) == 1 and person.companion()["account"]["state"] == "on"


@at(AtPlato)
@pytest.mark.parametrize("words, label", [(["--label", "Codectomy ACCEPTANCE"], "Codectomy ACCEPTANCE"), (["--yes"], "Codectomy St Elsewhere LIVE (2)")], ids=["named", "numbered"])
def test_two_plato_pairings_with_one_label_stay_two(person, words, label, fob, clock, chance):
    person.enrolled()
    first = person.companion()["account"]
    with AtPlato(fob, clock, chance, person.folder) as other:
        other.begin({})
        picture = other.browser.screenshot(person.folder / "other.png")
        assert fob.error("add", picture)[1] == "same_names"
        assert len(fob.json("list")) == 1
        (added,) = fob.json("add", picture, *words)["added"]
        assert added["label"] == label and added["id"] != first["id"]
        rows = {row["id"]: row for row in fob.json("code", "--at", clock())}
        for who, account in ((person, first["id"]), (other, added["id"])):
            assert rows[account]["code"] == pyotp.TOTP(who.key().secret).at(clock())
        assert other.sign_in(code=rows[added["id"]]["code"])
