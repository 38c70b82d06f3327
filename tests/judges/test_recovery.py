"""Recovery codes in the vault, read by stock age and by the independent reader; sealed ones opened by age alone."""

import base64
import json
import os
import pty
import subprocess
import sys

import pytest

from fob import ROOT

sys.path.insert(0, str(ROOT / "tests" / "vectors"))
import reader  # noqa: E402

PAGE = "Your recovery codes:\n1. 8f2k-q9zd\n2. m4x7-t1pw\n3. c6j3-r8vn\n4. h5b9-y2gs\n"
CODES = ["8f2k-q9zd", "m4x7-t1pw", "c6j3-r8vn", "h5b9-y2gs"]


@pytest.fixture
def enrolled(fob):
    """An account with four recovery codes."""
    fob.ok("add", "otpauth://totp/Plausible:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Plausible")
    fob.ok("enroll", "Plausible", "keep", stdin=PAGE.encode())
    return fob


def states(fob):
    """What the reader in Python makes of the vault's events."""
    [account] = reader.read_vault(fob.vault / "vault.age", fob.identity)
    return account.recovery_codes()


def ours(fob):
    return [c["state"] for c in fob.json("recovery", "Plausible", "show")["codes"]]


def test_the_reader_in_python_finds_the_same_states_as_fob(enrolled):
    enrolled.ok("recovery", "Plausible", "use")
    enrolled.ok("recovery", "Plausible", "answer", "worked")
    enrolled.ok("recovery", "Plausible", "use", "--number", "3")
    assert ours(enrolled) == [state for _, state in states(enrolled)] == ["used", "unused", "in_doubt", "unused"]
    enrolled.ok("recovery", "Plausible", "answer", "refused")
    enrolled.ok("recovery", "Plausible", "use", "--number", "4")
    enrolled.ok("recovery", "Plausible", "answer", "not-used")
    assert ours(enrolled) == [state for _, state in states(enrolled)] == ["used", "unused", "refused", "unused"]
    enrolled.ok("recovery", "Plausible", "rotate", stdin=b"Recovery codes:\nw3t8-k5mz\np7d2-x9cf\n")
    assert [state for _, state in states(enrolled)] == ["used", "void", "void", "void", "unused", "unused"]
    enrolled.ok("enroll", "Plausible", "undo")
    assert [state for _, state in states(enrolled)] == ["used", "unused", "refused", "unused", "void", "void"]
    enrolled.ok("enroll", "Plausible", "off")
    assert [state for _, state in states(enrolled)] == ["used", "void", "void", "void", "void", "void"]


def by_passphrase(sealed, passphrase, folder):
    """What stock age reads of a file that is sealed to a passphrase, typed at a terminal."""
    (folder / "sealed.age").write_bytes(sealed)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp("age", ["age", "-d", "-o", str(folder / "opened"), str(folder / "sealed.age")])
    said = b""
    while b"assphrase" not in said:
        said += os.read(terminal, 1024)
    os.write(terminal, passphrase.encode() + b"\n")
    try:
        while os.read(terminal, 1024):
            pass
    except OSError:
        pass
    os.waitpid(pid, 0)
    os.close(terminal)
    return (folder / "opened").read_text()


def test_codes_with_a_passphrase_of_their_own_lie_sealed_and_age_alone_opens_them(enrolled, tmp_path):
    file = enrolled.passphrase_file("correct horse battery")
    enrolled.ok("recovery-passphrase", "set", "--new-passphrase-file", file)
    plain = subprocess.run(["age", "-d", "-i", enrolled.identity, enrolled.vault / "vault.age"], check=True, capture_output=True).stdout
    assert not [code for code in CODES if code.encode() in plain]
    payload = json.loads(plain)
    [lock] = payload["codes_locks"]
    key = tmp_path / "key.txt"
    key.write_text(by_passphrase(base64.b64decode(lock["by_passphrase"]), "correct horse battery", tmp_path))
    texts = []
    for code in payload["accounts"][0]["recovery"][0]["codes"]:
        opened = subprocess.run(["age", "-d", "-i", key], input=base64.b64decode(code["sealed"]), check=True, capture_output=True)
        texts.append(opened.stdout.decode())
    assert texts == CODES


def test_sealed_codes_need_their_passphrase_and_states_do_not(enrolled):
    file = enrolled.passphrase_file("correct horse battery")
    enrolled.ok("recovery-passphrase", "set", "--new-passphrase-file", file)
    assert enrolled.error("recovery", "Plausible", "show", "--reveal") == (3, "codes_locked")
    assert enrolled.error("recovery", "Plausible", "use") == (3, "codes_locked")
    assert ours(enrolled) == ["unused"] * 4
    wrong = enrolled.passphrase_file("incorrect horse battery")
    assert enrolled.error("recovery", "Plausible", "show", "--reveal", "--codes-passphrase-file", wrong) == (3, "passphrase_wrong")
    shown = enrolled.json("recovery", "Plausible", "show", "--reveal", "--codes-passphrase-file", file)
    assert [code["text"] for code in shown["codes"]] == CODES
    new = b"Recovery codes:\nw3t8-k5mz\np7d2-x9cf\n"
    assert enrolled.error("recovery", "Plausible", "rotate", stdin=new) == (3, "codes_locked")
    enrolled.ok("recovery", "Plausible", "--codes-passphrase-file", file, "rotate", stdin=new)
    assert enrolled.error("recovery", "Plausible", "show", "--reveal") == (3, "codes_locked")


def test_the_printed_page_holds_the_codes_that_are_left_and_no_other(enrolled, tmp_path):
    enrolled.ok("recovery", "Plausible", "use")
    enrolled.ok("recovery", "Plausible", "answer", "worked")
    page = tmp_path / "codes.html"
    enrolled.ok("--yes", "recovery", "Plausible", "print", page)
    text = page.read_text()
    assert [code in text for code in CODES] == [False, True, True, True]
    assert page.stat().st_mode & 0o777 == 0o600
    done = enrolled.run("--yes", "--json", "recovery", "Plausible", "print", page)
    assert done.returncode == 1 and json.loads(done.stderr.splitlines()[-1])["error"]["code"] == "kit_unwritable"
    assert "codes_printed" in [event["kind"] for event in enrolled.json("timeline", "Plausible")]


def test_a_picture_of_codes_is_said_not_to_be_read(enrolled, tmp_path):
    picture = ROOT / "tests" / "fixtures" / "enroll.jpg"
    assert enrolled.error("enroll", "Plausible", "keep", picture) == (5, "codes_picture")
    assert enrolled.error("enroll", "Plausible", "keep", stdin=b"nothing of the kind") == (5, "codes_none")
    assert enrolled.error("recovery", "Plausible", "set", stdin=PAGE.encode()) == (1, "codes_exist")


def test_a_playbook_of_ones_own_is_used_and_a_broken_one_named_with_its_line(fob):
    fob.ok("add", "otpauth://totp/Plausible:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Plausible")
    folder = fob.json("playbooks")["folder"]
    os.makedirs(folder)
    plausible = (ROOT / "crates/core/playbooks/plausible.toml").read_text()
    with open(f"{folder}/plausible.toml", "w") as file:
        file.write(plausible.replace('name = "', 'name = "Our ', 1))
    with open(f"{folder}/broken.toml", "w") as file:
        file.write('name = "Broken"\nissuers = [\n')
    all_of_them = fob.json("playbooks")
    assert [p["id"] for p in all_of_them["playbooks"] if p["own"]] == ["plausible"]
    [broken] = all_of_them["broken"]
    assert broken["file"] == "broken.toml" and broken["line"] in (2, 3)
    assert fob.json("enroll", "Plausible")["playbook"]["name"].startswith("Our ")
