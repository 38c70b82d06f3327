"""A real login that none of us wrote: enrolled from the QR code in its terminal, entered with the codes of `fob`."""

import re
import subprocess

import pictures
import pytest
from pam import Login, code_by_oathtool, missing, next_step, step_with_time_left

LACKS = missing()
pytestmark = pytest.mark.skipif(bool(LACKS), reason=f"not on this machine: {', '.join(LACKS)}")
QUERY = "Plant 7"


@pytest.fixture
def login(tmp_path, request):
    folder = tmp_path / "login"
    folder.mkdir()
    made = Login(folder, getattr(request, "param", "UTF8"))
    yield made
    made.close()


both_ways = pytest.mark.parametrize("login", ["UTF8", "ANSI"], indirect=True)


@both_ways
def test_the_login_itself_takes_a_code_and_a_scratch_code_once(login, tmp_path):
    """Without Keyfob: what the tests below rest on, with oathtool and zbarimg."""
    picture = pictures.of_terminal(login.shown, tmp_path / "terminal.png")
    read = subprocess.run(["zbarimg", "-q", "--raw", picture], check=True, capture_output=True, text=True).stdout
    secret = re.search(r"secret=([A-Z2-7]+)", read).group(1)
    assert f"secret key is: {secret}" in login.shown
    assert not login.confirm("000000")
    step_with_time_left()
    assert login.confirm(code_by_oathtool(secret)) and login.secret() == secret
    codes = login.unused()
    assert len(codes) == 5 and all(code in login.printed_codes() for code in codes)
    code = code_by_oathtool(secret)
    assert login.sign_in(code)
    assert not login.sign_in(code), "each works once"
    assert login.sign_in(codes[0])
    assert login.unused() == codes[1:]
    assert not login.sign_in(codes[0])


def enrolled(fob, login, folder) -> str:
    """From the QR code on the terminal to `on`; what the login printed."""
    picture = pictures.of_terminal(login.shown, folder / "terminal.png")
    (added,) = fob.json("add", picture)["added"]
    assert (added["issuer"], added["label"]) == (QUERY, "zoe@plant-7")
    now = fob.json("enroll", QUERY)
    assert now["account"]["state"] == "pending" and now["playbook"]["id"] == "generic"
    step_with_time_left()
    assert login.confirm(fob.json("code", QUERY)[0]["code"])
    now = fob.json("enroll", QUERY, "accepted")
    assert now["account"]["state"] == "on" and now["account"]["proved"]
    return login.printed_codes()


def kept(fob) -> list[str]:
    return [code["text"] for code in fob.json("recovery", QUERY, "show", "--reveal")["codes"]]


@both_ways
def test_a_real_login_is_entered_with_a_code_of_fob_once(fob, login, tmp_path):
    enrolled(fob, login, tmp_path)
    next_step()
    code = fob.json("code", QUERY)[0]["code"]
    assert login.sign_in(code)
    assert not login.sign_in(code)
    next_step()
    assert login.sign_in(fob.json("code", QUERY)[0]["code"])


def test_a_real_login_is_entered_with_a_scratch_code_that_is_then_spent_on_both_sides(fob, login, tmp_path):
    printed = enrolled(fob, login, tmp_path)
    now = fob.json("enroll", QUERY, "keep", stdin=printed.encode())
    assert kept(fob) == login.unused() and now["live"]["kind"] == "set" and len(now["live"]["codes"]) == 5
    one = fob.json("recovery", QUERY, "use")
    assert one["text"] in login.unused()
    assert login.sign_in(one["text"])
    now = fob.json("recovery", QUERY, "answer", "worked")
    assert [code["state"] for code in now["live"]["codes"] if code["id"] == one["id"]] == ["used"]
    assert now["account"]["recovery"] == {"kind": "set", "left": 4, "of": 5} and now["account"]["state"] == "on"
    # The second time: neither.
    assert one["text"] not in login.unused() and not login.sign_in(one["text"])
    assert fob.error("recovery", QUERY, "use", "--number", str(one["number"])) == (5, "code_spent")
    other = fob.json("recovery", QUERY, "use")
    assert other["text"] != one["text"] and login.sign_in(other["text"])
    fob.json("recovery", QUERY, "answer", "worked")
    assert {event["kind"] for event in fob.json("timeline", QUERY)} >= {"added", "proved", "codes_kept", "code_copied", "code_used"}


def test_the_scratch_codes_are_found_in_all_that_the_terminal_shows_and_the_key_is_not_one_of_them(fob, login, tmp_path):
    enrolled(fob, login, tmp_path)
    without_colours = pictures.ESCAPE.sub("", login.shown).replace("\r", "")
    fob.json("enroll", QUERY, "keep", stdin=without_colours.encode())
    assert kept(fob) == login.unused()
