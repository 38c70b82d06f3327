"""The five services by `fob`, through the first five points of shared/SERVICES.md; the two others are in test_apart_by_fob.py. The clicks are the playbook's, the pages are the
service's, codes are judged by pyotp; what `fob` says is looked at after every step."""

import json

import pyotp
from person import ALL, PASSWORD, WITH_CODES, AtMirox, AtPlausible, AtPluton, AtPterodactyl, at, holds


# 1. Enroll.


@at(*ALL)
def test_an_account_is_pending_until_a_code_was_accepted_then_on_since_that_date(person):
    done = []
    for step in person.enrolling():
        done.append(step)
        now = person.companion()
        assert now["account"]["state"] == ("on" if "prove" in done else "pending"), done
        assert now["account"]["proved"] == ("prove" in done)
        assert ("prove" in person.todo()) == ("prove" not in done)
        left = [step["kind"] for step in person.playbook["steps"]][len(done) :]
        assert (now["step"] is None) == (not left), (done, now["step"])
        assert not left or now["playbook"]["steps"][now["step"]]["kind"] == left[0]
        assert (now["live"] is not None) == ("keep" in done)
        assert pyotp.TOTP(person.key().secret).at(person.clock()) == person.fob.json("code", person.query, "--at", person.clock())[0]["code"]
    assert person.is_on() and now["playbook"]["id"] == person.id
    assert now["since"] >= now["account"]["added_at"] and "save_codes" not in person.todo()
    assert {"added", "proved"} <= set(person.timeline())


@at(*WITH_CODES)
def test_the_key_typed_by_hand_does_as_well_as_the_picture(person):
    person.enrolled(by_hand=True)
    assert person.companion()["account"]["state"] == "on"
    assert person.sign_in(code=person.code())


@at(*ALL)
def test_leaving_half_way_keeps_what_was_scanned_and_resumes_there(person):
    walk = person.enrolling()
    next(walk)
    before = person.companion()
    gone = person.enroll("leave")
    assert gone["step"] is None and gone["account"] == before["account"]
    assert person.companion()["account"]["state"] == "pending" and person.todo(), "what is left to do is said"
    assert person.enroll("step", "1")["step"] == 1
    list(walk)
    assert person.is_on() and person.companion()["account"]["state"] == "on"


# 2. Keep the recovery codes.


@at(*WITH_CODES)
def test_the_codes_are_found_in_the_text_of_the_page_and_never_shown_unasked(person):
    person.enrolled()
    assert person.kept() == person.service.codes.texts
    batch = person.recovery("show")
    assert batch["kind"] == person.playbook["recovery"]["kind"] and batch["void_since"] is None
    assert set(person.states()) == {"unused"} and [code["number"] for code in batch["codes"]] == list(range(1, len(batch["codes"]) + 1))
    elsewhere = [batch, person.companion(), person.fob.json("list"), person.fob.json("timeline", person.query), person.fob.json("overview")]
    assert not holds(elsewhere, *person.service.codes.texts, person.key().secret)
    row = person.fob.json("list")[0]
    assert row["recovery"] == {"kind": batch["kind"], "left": len(batch["codes"]), "of": len(batch["codes"])}


@at(AtPterodactyl)
def test_pterodactyls_json_is_read_as_its_page_is(person):
    status, text = person.browser.api("GET", "/api/client/account/two-factor")
    assert status == 200
    person.fob.json("add", "-", stdin=json.loads(text)["data"]["image_url_data"].encode())
    status, text = person.browser.api("POST", "/api/client/account/two-factor", code=person.code(), password=PASSWORD)
    assert status == 200
    person.enroll("--playbook", person.id, "accepted")
    person.enroll("keep", stdin=text.encode())
    assert person.kept() == person.service.codes.texts and len(person.kept()) == 10


@at(AtPlausible)
def test_plausibles_file_is_read_as_its_page_is(person, tmp_path):
    for step in person.playbook["steps"]:
        if step["kind"] == "scan":
            person.begin(step)
            person.fob.json("add", person.screenshot())
        elif step["kind"] == "prove":
            person.prove(step)
            person.enroll("accepted")
    file = person.browser.download("/recovery-codes.txt", tmp_path / "codes.txt")
    person.enroll("--playbook", person.id, "keep", file)
    assert person.kept() == person.service.codes.texts and len(person.kept()) == 10


@at(AtPluton)
def test_without_codes_the_account_says_so_until_the_service_has_none(person):
    walk = person.enrolling()
    while next(walk) != "prove":
        pass
    assert "save_codes" in person.todo()
    assert person.fob.error("enroll", person.query, "keep", stdin=b"There is nothing here to be kept.") == (5, "codes_none")
    assert person.enroll("no-codes")["no_codes"] and "save_codes" not in person.todo()
    assert not person.enroll("codes-expected")["no_codes"] and "save_codes" in person.todo()
    next(walk, None)
    assert "save_codes" not in person.todo() and len(person.kept()) == 10


# 3. Use one.


@at(AtPterodactyl, AtPluton, AtPlausible)
def test_a_code_that_worked_is_marked_used_and_refused_by_both_sides_the_second_time(person):
    person.enrolled()
    one = person.recovery("use")
    assert one["text"] == person.service.codes.texts[one["number"] - 1]
    assert person.states()[one["number"] - 1] == "in_doubt" and "answer" in person.todo()
    assert person.sign_in(recovery=one["text"])
    now = person.recovery("answer", "worked")
    used = now["live"]["codes"][one["number"] - 1]
    assert used["state"] == "used" and used["since"] and "answer" not in person.todo()
    assert now["account"]["state"] == "on" and person.is_on()
    assert now["account"]["recovery"] == {"kind": "set", "left": 9, "of": 10}
    # What follows is the playbook's: advice at two of them, nothing at the third.
    assert ("advise_enroll_again" in person.todo()) == (person.id != "plausible")
    assert not person.sign_in(recovery=one["text"]) and person.service.codes.left() == 9
    assert person.fob.error("recovery", person.query, "use", "--number", str(one["number"])) == (5, "code_spent")
    other = person.recovery("use")
    assert other["text"] != one["text"]
    person.recovery("answer", "not-used")
    assert person.states().count("used") == 1 and person.states().count("unused") == 9
    assert {"code_copied", "code_used"} <= set(person.timeline())


@at(AtPlausible)
def test_it_keeps_count_and_warns_when_few_are_left_and_when_none_is(person):
    person.enrolled()
    offered = []
    for left in reversed(range(10)):
        one = person.recovery("use")
        assert person.sign_in(recovery=one["text"])
        now = person.recovery("answer", "worked")
        offered.append(one["text"])
        assert now["account"]["recovery"]["left"] == left == person.service.codes.left()
        if left == 1:
            assert {"kind": "few_left", "left": 1, "of": 10} in now["todo"]
        assert ("none_left" in person.todo()) == (left == 0)
    assert sorted(offered) == sorted(person.service.codes.texts), "each was offered once"
    assert person.fob.error("recovery", person.query, "use")[0] == 5


@at(AtPluton)
def test_a_code_that_was_refused_is_not_offered_by_itself_again(person):
    person.enrolled()
    one = person.recovery("use", "--number", "4")
    assert one["number"] == 4 and one["text"] == person.service.codes.texts[3]
    assert person.recovery("use")["number"] != 4, "the one in doubt is passed over"
    person.recovery("answer", "refused", "--number", "4")
    assert person.states()[3] == "refused"
    while person.fob.run("--json", "recovery", person.query, "use").returncode == 0:
        assert person.states()[3] == "refused"
    assert person.states().count("unused") == 0 and person.states().count("in_doubt") == 9


@at(AtMirox)
def test_miroxs_backup_code_switches_it_off_and_asks_for_a_fresh_scan(person):
    person.enrolled()
    first = person.recovery("use")
    assert first["text"] == person.service.codes.texts[0] and person.todo()[0] == "answer"
    assert person.sign_in(recovery=first["text"]) and not person.is_on()
    fresh = person.service.backup_code
    now = person.recovery("answer", "worked")
    assert now["account"]["state"] == "off" and now["todo"][0]["kind"] == "enroll_again"
    assert "record_new_code" in person.todo()
    assert person.fob.error("recovery", person.query, "use", "--number", "1") == (5, "code_spent")
    # The fresh one is on the page.
    person.recovery("rotate", stdin=person.other.copy().encode())
    assert person.kept() == [fresh] and "record_new_code" not in person.todo()
    before = person.companion()
    assert before["past"][0]["why"] == "replaced" and before["past"][0]["codes"][0]["state"] == "used"
    # The fresh scan, with a code of its own.
    old_picture = person.picture
    for step in person.enrolling(again=True):
        now = person.companion()
        assert (now["former_keys"], now["account"]["state"]) == (1, "on" if step == "prove" else "pending"), step
        if step == "scan":
            assert person.fob.error("enroll", person.query, "again", old_picture) == (5, "enrolled_same_key")
    assert now["account"]["id"] == before["account"]["id"] and person.kept() == person.service.codes.texts != [fresh]
    assert {"codes_replaced", "enrolled_again"} <= set(person.timeline()) and {"code_used", "switched_off"} & set(person.timeline())
    for old in (first["text"], fresh):
        assert not person.sign_in(recovery=old)
    assert person.sign_in(code=person.code())


# 4. Rotate or regenerate.


@at(AtMirox, AtPlausible)
def test_new_codes_take_the_place_of_the_old_which_stay_void_and_are_never_offered(person):
    person.enrolled()
    old = person.kept()
    person.go_to_settings()
    person.browser.walk(person.playbook["regenerating"]["click"], code=person.code(), password=PASSWORD)
    assert person.service.codes.texts != old, person.browser.copy()
    page = person.browser.copy().encode()
    assert person.fob.error("recovery", person.query, "set", stdin=page)[1] == "codes_exist" and person.kept() == old
    now = person.recovery("rotate", stdin=page)
    assert person.kept() == person.service.codes.texts
    (past,) = now["past"]
    assert past["why"] == "replaced" and past["void_since"] and {code["state"] for code in past["codes"]} == {"void"}
    assert not holds([now, person.recovery("show", "--reveal"), person.fob.json("timeline", person.query)], *old)
    assert "codes_replaced" in person.timeline()
    offered = person.recovery("use")["text"]
    assert offered not in old
    assert not person.sign_in(recovery=old[0]), "void at the service"
    assert person.sign_in(recovery=offered)


# 5. Disable, then enroll again.


@at(*ALL)
def test_what_is_disabled_and_enrolled_again_keeps_its_name_and_timeline_and_gets_a_new_key(person):
    person.enrolled()
    before, events = person.companion(), person.fob.json("timeline", person.query)
    old_key, had = person.key().secret, len(before["live"]["codes"]) if before["live"] else 0
    person.disable()
    off = person.enroll("off")
    assert off["account"]["state"] == "off" and off["live"] is None and off["todo"][0]["kind"] == "enroll_again"
    assert [batch["why"] for batch in off["past"]] == (["disabled"] if had else [])
    assert all(code["state"] == "void" for batch in off["past"] for code in batch["codes"])
    assert person.fob.run("recovery", person.query, "use").returncode == 5
    assert person.fob.error("enroll", person.query, "again", person.picture) == (5, "enrolled_same_key")
    for step in person.enrolling(again=True):
        now = person.companion()
        assert now["former_keys"] == 1, "the old key stays for thirty days, and until the new one is proved"
        assert now["account"]["state"] == "on" or step != "prove"
    assert person.key().secret != old_key and person.sign_in(code=person.code())
    assert all(now["account"][word] == before["account"][word] for word in ("id", "issuer", "label"))
    kept = {event["id"] for event in person.fob.json("timeline", person.query)}
    assert {event["id"] for event in events} <= kept and {"disabled", "enrolled_again"} <= set(person.timeline())
    assert len(person.fob.json("list")) == 1
    assert not had or person.kept() == person.service.codes.texts
