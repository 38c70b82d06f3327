"""The vault, opened by stock age and read by the independent reader of tests/vectors."""

import json
import os
import shutil
import stat
import subprocess
import sys
import threading

import pytest

from fob import ROOT

sys.path.insert(0, str(ROOT / "tests" / "vectors"))
import reader  # noqa: E402

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URI = f"otpauth://totp/GitHub:zoe?secret={SECRET}&issuer=GitHub"


def opened_by_age(fob, name="vault.age"):
    done = subprocess.run(["age", "-d", "-i", fob.identity, fob.vault / name], check=True, capture_output=True)
    return json.loads(done.stdout)


def test_stock_age_opens_it(fob):
    fob.ok("add", URI)
    assert opened_by_age(fob)["accounts"][0]["key"]["secret"] == SECRET


def test_the_reader_in_python_agrees_with_fob(fob):
    fob.ok("add", URI)
    fob.ok("add", "otpauth://steam/Steam:zoe?secret=63BEDWCQZKTQWPESARIERL5DTTQFCJTK")
    fob.ok("add", "otpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LK&algorithm=SHA512&digits=10&period=7")
    at = 1511200518
    ours = {(r["issuer"], r["label"]): r["code"] for r in fob.json("code", "--at", at)}
    theirs = {(a.issuer, a.label): a.code(at) for a in reader.read_vault(fob.vault / "vault.age", fob.identity)}
    assert ours == theirs and len(ours) == 3
    assert ours[("Steam", "zoe")] == "FR8RV"


@pytest.mark.parametrize("golden", sorted((ROOT / "tests" / "vectors").glob("vault-*")), ids=lambda path: path.name)
def test_the_golden_vault_of_each_version_opens(fob, golden):
    expected = json.loads((golden / "expected.json").read_text())
    shutil.copytree(golden, fob.vault, ignore=shutil.ignore_patterns("expected.json", "identity.txt"))
    fob.identity.write_text((golden / "identity.txt").read_text())
    rows = fob.json("code", "--at", expected["at"])
    assert [[r["issuer"], r["label"], r["type"], r["code"]] for r in rows] == expected["codes"]
    theirs = sorted([a.issuer, a.label, a.kind, a.code(expected["at"])] for a in reader.read_vault(golden / "vault.age", golden / "identity.txt"))
    assert [[i, l, k, c if k != "hotp" else None] for i, l, k, c in theirs] == sorted(expected["codes"])
    if "recovery" in expected:
        accounts = reader.read_vault(golden / "vault.age", golden / "identity.txt")
        assert {a.issuer: [state for _, state in a.recovery_codes()] for a in accounts} == expected["recovery"]
        file = fob.passphrase_file(expected["codes_passphrase"])
        for issuer, texts in expected["live"].items():
            shown = fob.json("recovery", issuer, "--codes-passphrase-file", file, "show", "--reveal")["codes"]
            assert [code["text"] for code in shown] == texts
    if "changes" in expected:
        changes = reader.read_changes(golden / "vault.age", golden / "identity.txt")
        assert [[change.other, change.here, change.ended is not None, change.states] for change in changes] == expected["changes"]
        now = fob.json("move", "reopen") if changes[-1].ended else json.loads(fob.run("--json", "move").stdout)
        assert {row["account"]["issuer"]: row["state"] for row in now["rows"]} == changes[-1].states
        assert (now["other"], now["safe"]) == (changes[-1].other, changes[-1].safe)
        accounts = {account.issuer: account for account in reader.read_vault(golden / "vault.age", golden / "identity.txt")}
        for issuer, steps in expected["steps"].items():
            assert [event["step"] for event in accounts[issuer].events if "step" in event] == steps
    if "versions" in expected:
        payload = reader.payload_of(golden / "vault.age", golden / "identity.txt")
        assert payload["minor"] == expected["minor"] and all(payload[field] for field in expected["fields"])
        assert [[name, reader.contains(payload, name)] for name, _ in expected["versions"]] == expected["versions"]
        assert reader.name_of(payload) == expected["versions"][0][0]
        assert reader.passphrase_file(payload) == (golden / "passphrase.age").read_bytes()
        assert reader.read_changes(golden / "vault.age", golden / "identity.txt")[-1].codes_stay == expected["codes_stay"]
        for issuer, ids in expected["also"].items():
            found = fob.json("list", issuer)
            assert [row["id"] for row in found] == ids and set(ids) < set(accounts[issuer].ids)
    if "passphrase" in expected:
        fob.opened_by("--passphrase-file", fob.passphrase_file(expected["passphrase"]))
        assert len(fob.json("list")) == len(rows)
        assert len(fob.json("trash")) == expected["trash"]
        # The last ones of the list: this test has saved a few itself.
        assert [s["accounts"] for s in fob.json("snapshots")][-len(expected["snapshots"]) :] == expected["snapshots"]


def test_fob_and_the_reader_agree_on_which_versions_are_contained(fob):
    """What the reader says is contained is moved away and nothing is saved; what it says is not is merged."""
    golden = ROOT / "tests" / "vectors" / "vault-1.4"
    shutil.copytree(golden, fob.vault, ignore=shutil.ignore_patterns("expected.json", "identity.txt"))
    fob.identity.write_text((golden / "identity.txt").read_text())
    fob.ok("list")
    ours = opened_by_age(fob)
    recipients = [word for record in ours["recipients"] for word in ("-r", record["recipient"])]
    stranger = fob.vault / "vault (conflicted copy).age"

    def meets(theirs):
        """Whether it was merged, rather than passed over."""
        sealed = subprocess.run(["age", *recipients], input=json.dumps(theirs).encode(), check=True, capture_output=True).stdout
        stranger.write_bytes(sealed)
        # A file of a minute ago: one that has just arrived is moved away at a later look.
        os.utime(stranger, (stranger.stat().st_mtime - 60,) * 2)
        before = opened_by_age(fob)["generation"]
        fob.ok("list")
        assert not stranger.exists()
        return opened_by_age(fob)["generation"] > before

    label = lambda account, text: account | {"names": account["names"] | {"label": text, "stamp": account["names"]["stamp"] | {"at": account["names"]["stamp"]["at"] + 3600}}}
    for number, (name, contained) in enumerate(json.loads((golden / "expected.json").read_text())["versions"]):
        entries = [one for one in ours["contains"] if one["replica"] != name["replica"]] + [name]
        theirs = ours | {"contains": entries, "version": name | {"generation": ours["generation"]}}
        theirs["accounts"] = [label(ours["accounts"][number], f"changed {number}"), *ours["accounts"][:number], *ours["accounts"][number + 1 :]]
        now = opened_by_age(fob)
        assert reader.is_contained(now, theirs) == contained
        assert meets(theirs) != contained, name
    # The name is of another generation, as an older Keyfob leaves it: merged, whatever it says.
    theirs = ours | {"generation": ours["generation"] + 1, "accounts": [label(ours["accounts"][-1], "by an older build"), *ours["accounts"][:-1]]}
    assert not reader.is_contained(opened_by_age(fob), theirs) and meets(theirs)


def test_files_are_private_whatever_the_umask(fob):
    fob.ok("add", URI, umask=0)
    fob.ok("add", "otpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LK", umask=0)
    seen = 0
    for top in (fob.vault, fob.folder / "state"):
        for path in [top, *top.rglob("*")]:
            mode = stat.S_IMODE(os.lstat(path).st_mode)
            assert mode == (0o700 if path.is_dir() else 0o600), (path, oct(mode))
            seen += 1
    assert seen >= 8


def test_each_save_keeps_the_version_before_as_a_snapshot_that_opens(fob):
    fob.ok("init")
    for n in range(4):
        fob.ok("add", f"otpauth://totp/S{n}:x?issuer=S{n}&secret=MFRGGZDFMZTWQ2L{'ABCD'[n]}")
    counts = [len(opened_by_age(fob, f"snapshots/{p.name}")["accounts"]) for p in sorted((fob.vault / "snapshots").iterdir())]
    assert counts == [0, 1, 2, 3]


def test_many_programs_at_once_lose_nothing(fob):
    fob.ok("init")
    failed = []

    def add(n):
        for m in range(10):
            done = fob.run("add", f"otpauth://totp/W{n}-{m}:x?issuer=W{n}-{m}&secret=JBSWY3DPEHPK3P{'ABCDEFGH'[n]}{'ABCDEFGHIJ'[m]}")
            if done.returncode:
                failed.append(done.stderr)

    threads = [threading.Thread(target=add, args=(n,)) for n in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failed
    assert len(fob.json("list")) == 40
    assert opened_by_age(fob)["generation"] == 41
    assert not [p for p in fob.vault.iterdir() if p.name.startswith(".")]


def test_no_two_programs_ever_show_one_counter(fob):
    fob.ok("add", "otpauth://hotp/H:x?issuer=H&secret=JBSWY3DPEHPK3PXP")
    shown = []
    threads = [threading.Thread(target=lambda: [shown.append(fob.json("code", "H", "--advance")[0]["code"]) for _ in range(8)]) for _ in range(3)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    counters = {a.otp["counter"] for a in reader.read_vault(fob.vault / "vault.age", fob.identity)}
    assert len(shown) == 24 and counters == {"24"}


def test_a_damaged_vault_is_said_to_be_and_left_alone(fob):
    fob.ok("add", URI)
    path = fob.vault / "vault.age"
    whole = path.read_bytes()
    for damaged in [whole[: len(whole) // 2], whole[:-1], whole[:20], b"", b"rubbish", whole[:-40] + bytes(40), whole + b"x"]:
        path.write_bytes(damaged)
        for command in (["code"], ["add", "otpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LK"], ["list"]):
            assert fob.error(*command) == (5, "vault_damaged"), damaged[:30]
        assert path.read_bytes() == damaged
    path.write_bytes(whole)
    assert len(fob.json("list")) == 1


def test_a_vault_that_is_missing_where_it_was_is_no_first_run(fob):
    fob.ok("add", URI)
    fob.vault.rename(fob.folder / "elsewhere")
    for command in (["code"], ["add", URI], ["init"]):
        assert fob.error(*command) == (1, "vault_missing")
    assert not fob.vault.exists()
    (fob.folder / "elsewhere").rename(fob.vault)
    assert len(fob.json("code")) == 1


def test_traces_without_a_vault_are_no_first_run(fob):
    for trace in ("vault.id", "passphrase.age", "snapshots/old.age"):
        place = fob.folder / trace.replace("/", "-")
        (place / trace).parent.mkdir(parents=True)
        (place / trace).write_text("x")
        fob.vault = place
        assert fob.error("init") == (1, "vault_missing"), trace


def test_an_old_copy_put_back_is_noticed_and_a_change_gets_past_it(fob):
    fob.ok("add", URI)
    old = (fob.vault / "vault.age").read_bytes()
    fob.ok("add", "otpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LK")
    (fob.vault / "vault.age").write_bytes(old)
    checks = {f["check"]: f["health"] for f in json.loads(fob.run("--json", "doctor").stdout)}
    assert checks["age"] == "warning"
    fob.ok("add", "otpauth://totp/C:c?secret=MFRGGZDFMZTWQ2LM")
    assert opened_by_age(fob)["generation"] == 4


def test_another_key_does_not_open_it_and_is_told_apart_from_damage(fob):
    fob.ok("add", URI)
    fob.identity.unlink()
    subprocess.run(["age-keygen", "-o", str(fob.identity)], check=True, capture_output=True)
    assert fob.error("code") == (3, "vault_other_key")
    fob.identity.write_text("no identity")
    assert fob.error("code") == (5, "identity_unreadable")


def test_a_newer_major_version_is_refused_and_never_rewritten(fob):
    fob.ok("add", URI)
    inside = opened_by_age(fob) | {"major": 2}
    recipient = subprocess.run(["age-keygen", "-y", str(fob.identity)], check=True, capture_output=True, text=True).stdout.strip()
    sealed = subprocess.run(["age", "-r", recipient], input=json.dumps(inside).encode(), check=True, capture_output=True).stdout
    (fob.vault / "vault.age").write_bytes(sealed)
    assert fob.error("code") == (1, "vault_newer")
    assert fob.error("add", URI) == (1, "vault_newer")
    assert (fob.vault / "vault.age").read_bytes() == sealed


def test_what_a_newer_minor_version_wrote_survives_a_change(fob):
    fob.ok("add", URI)
    inside = opened_by_age(fob)
    inside |= {"minor": 9, "settings": {"x": [1, 2.5]}}
    inside["accounts"][0]["tags"] = ["work"]
    inside["accounts"].append({"id": "z", "key": {"type": "motp"}})
    recipient = subprocess.run(["age-keygen", "-y", str(fob.identity)], check=True, capture_output=True, text=True).stdout.strip()
    sealed = subprocess.run(["age", "-r", recipient], input=json.dumps(inside).encode(), check=True, capture_output=True).stdout
    (fob.vault / "vault.age").write_bytes(sealed)
    fob.ok("add", "otpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LK")
    after = opened_by_age(fob)
    assert (after["minor"], after["settings"]) == (9, {"x": [1, 2.5]})
    assert after["accounts"][0]["tags"] == ["work"]
    assert {"id": "z", "key": {"type": "motp"}} in after["accounts"]


def test_programs_that_create_one_vault_at_once_all_add_to_it(fob):
    done = []
    add = lambda n: done.append(fob.run("add", f"otpauth://totp/R{n}:x?secret=JBSWY3DPEHPK3PX{'ABCDEF'[n]}"))
    threads = [threading.Thread(target=add, args=(n,)) for n in range(6)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert [d.returncode for d in done] == [0] * 6
    assert len(fob.json("list")) == 6


def test_a_vault_behind_a_link_is_saved_where_it_lies(fob):
    fob.ok("add", URI)
    real = fob.vault.rename(fob.folder / "real")
    (fob.folder / "state" / "keyfob" / "memory.json").unlink()
    fob.vault.mkdir()
    (fob.vault / "vault.age").symlink_to("../real/vault.age")
    fob.ok("add", "otpauth://totp/B:b?secret=MFRGGZDFMZTWQ2LK")
    assert (fob.vault / "vault.age").is_symlink() and not (real / "vault.age").is_symlink()
    assert len(opened_by_age(fob)["accounts"]) == 2
    assert all(p.is_file() and not p.is_symlink() for p in (real / "snapshots").iterdir())


def test_one_folder_has_one_name_whatever_links_lead_to_it(fob):
    fob.ok("add", URI)
    real, link = fob.vault, fob.folder / "link"
    link.symlink_to(real)
    fob.vault = link
    assert len(fob.json("list")) == 1
    for path in sorted(real.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for fob.vault in (link, real, fob.folder / "x" / ".." / "vault"):
        assert fob.error("init") == (1, "vault_missing")


def test_a_memory_that_cannot_be_read_is_set_aside_not_written_over(fob):
    fob.ok("add", URI)
    memory = fob.folder / "state" / "keyfob" / "memory.json"
    memory.write_text(memory.read_text()[:-20])
    broken = memory.read_text()
    assert len(fob.json("list")) == 1
    assert memory.with_name("memory.json.bad").read_text() == broken
