#!/usr/bin/env python3
"""Reads a Keyfob vault without Keyfob, from docs/VAULT.md alone: `reader.py vault.age identity.txt [UNIX]`.

The age layer is the stock `age` program; the rest is Python's standard library. It shares no code with
Keyfob, and the tests compare the two.
"""

import base64
import hashlib
import hmac
import json
import struct
import subprocess
import sys
import time

MAJOR = 1
STEAM = "23456789BCDFGHJKMNPQRTVWXY"


class Account:
    """One account of a vault, in the trash or not."""

    def __init__(self, record):
        self.id = record["id"]
        self.ids = [record["id"], *record.get("also", [])]
        self.issuer = record["names"]["issuer"]
        self.label = record["names"]["label"]
        self.otp = record["key"]
        self.kind = self.otp["type"]
        self.deleted = record.get("deleted", {}).get("at") is not None
        self.batches = record.get("recovery", [])
        self.events = record.get("timeline", [])

    def key(self):
        """The bytes of the shared key."""
        text = self.otp["secret"]
        return base64.b32decode(text + "=" * (-len(text) % 8))

    def print(self):
        """Which key it is, as rows of a change of device have it."""
        settings = [self.kind, "SHA1", "5", "30"] if self.kind == "steam" else [self.kind, self.otp["algorithm"], str(self.otp["digits"])]
        if self.kind == "totp":
            settings.append(str(self.otp["period"]))
        return hashlib.sha256((" ".join(settings) + "\n").encode() + self.key()).hexdigest()[:32]

    def code(self, at):
        """The code at an instant; for HOTP, the next one."""
        key = self.key()
        if self.kind == "steam":
            number = truncate(hmac.digest(key, struct.pack(">Q", at // 30), "sha1"))
            code = ""
            for _ in range(5):
                number, place = divmod(number, len(STEAM))
                code += STEAM[place]
            return code
        step = int(self.otp["counter"]) if self.kind == "hotp" else at // self.otp["period"]
        digest = getattr(hashlib, self.otp["algorithm"].lower())
        number = truncate(hmac.new(key, struct.pack(">Q", step), digest).digest())
        digits = self.otp["digits"]
        return str(number % 10**digits).zfill(digits)


    def recovery_codes(self):
        """Every recovery code, oldest batch first: its text (None where it is sealed or deleted) and its state."""
        holding = sorted((e for e in self.events if "withdrawn" not in e), key=lambda e: order(e["stamp"]))
        aside = {e["batch"] for e in self.events if "withdrawn" in e and "batch" in e}
        codes = []
        for batch in sorted(self.batches, key=lambda b: order(b["stamp"])):
            later = [b for b in self.batches if order(b["stamp"]) > order(batch["stamp"]) and b["id"] not in aside]
            ended = [e for e in holding if e["kind"] in ("disabled", "enrolled_again") and order(e["stamp"]) > order(batch["stamp"])]
            void = bool(later or ended or batch["id"] in aside)
            for code in batch["codes"]:
                state = self.state(code["id"], holding)
                codes.append([code.get("text"), "void" if void and state != "used" else state])
        used = {plain(text) for text, state in codes if state == "used" and text}
        return [(text, "used" if text and plain(text) in used else state) for text, state in codes]

    def live(self):
        """The batch that counts, where codes of it can still be used; else None."""
        states = iter(self.recovery_codes())
        for batch in sorted(self.batches, key=lambda b: order(b["stamp"])):
            if any(state in ("unused", "in_doubt") for _, state in [next(states) for _ in batch["codes"]]):
                return batch
        return None

    @staticmethod
    def state(code, holding):
        said = {"code_copied": "in_doubt", "code_refused": "refused", "code_not_used": "unused", "code_used": "used"}
        events = [said[e["kind"]] for e in holding if e.get("code") == code and e["kind"] in said]
        return "used" if "used" in events else events[-1] if events else "unused"


class Change:
    """A change of device, and where each account stands in it."""

    def __init__(self, record, accounts):
        self.other = record["other"]
        self.here = record["here"]
        self.begun = order(record["begun"])
        self.ended = record.get("ended")
        rows = {row["account"]: row for row in record["rows"]}
        self.states = {account.issuer: self.state(rows.get(account.id, {}), account) for account in accounts}
        only_here = [account for account in accounts if self.only_here(rows.get(account.id, {}), account)]
        self.codes_stay = sorted(a.issuer for a in accounts if self.done(rows.get(a.id, {}), "codes_stay", a))
        self.safe = bool(accounts) and not only_here and all(state in ("checked", "waived") for state in self.states.values())

    def state(self, row, account):
        done = lambda what: self.done(row, what, account)
        if done("checked"):
            return "checked"
        if done("waived"):
            return "waived"
        return "to_check" if done("moved") or self.here == "new" else "to_move"

    @staticmethod
    def done(row, what, account):
        """What was done with the key of now and not taken back; else None."""
        part = row.get(what, {})
        return part if part.get("key") == account.print() and "is" in part else None

    def only_here(self, row, account):
        """Whether recovery codes that can be used would be gone with the old device."""
        batch = account.live()
        if self.here != "old" or batch is None:
            return False
        newest = max(order(stamp) for stamp in [batch["stamp"], *(code["stamp"] for code in batch["codes"])])
        later = lambda stamp: order(stamp) > newest
        since = lambda kind: any(e["kind"] == kind and "withdrawn" not in e and later(e["stamp"]) for e in account.events)
        parts = [self.done(row, what, account) for what in ("waived", "codes_stay")]
        if since("codes_printed") or any(part and later(part["stamp"]) for part in parts):
            return False
        moved, checked = self.done(row, "moved", account), self.done(row, "checked", account)
        in_file = moved and moved["is"] == "file" and later(moved["stamp"]) and since("exported")
        return not in_file or bool(checked and order(checked["stamp"]) < order(moved["stamp"]))


def name_of(payload):
    """Which version a payload is: its name, without the generation; None where it says nothing of this file."""
    named = payload.get("version")
    if named is None or named["generation"] != payload["generation"]:
        return None
    name = {part: named[part] for part in ("replica", "counter", "id")}
    return name if name in payload.get("contains", []) else None


def contains(payload, name):
    """Whether a version is in a payload, as far as can be told."""
    of_replica = {known["replica"]: known for known in payload.get("contains", [])}
    known = of_replica.get(name["replica"], {"counter": -1, "id": None})
    return known["counter"] > name["counter"] or (known["counter"], known["id"]) == (name["counter"], name["id"])


def is_contained(payload, other):
    """Whether all of another version is in this one, so that it need not be merged."""
    name = name_of(other)
    return name is not None and contains(payload, name)


def passphrase_file(payload):
    """The bytes of `passphrase.age` that the vault carries; None where it carries none."""
    noted = payload.get("passphrase")
    holds = noted and any(r["recipient"] == noted["recipient"] for r in payload["recipients"])
    return base64.b64decode(noted["file"], validate=True) if holds else None


def is_deleted_for_good(payload, record):
    """Whether an account, as another version has it, was deleted by somebody who had seen all of it."""
    ids = {record["id"], *record.get("also", [])}
    stamps = [record[group]["stamp"] for group in ("names", "key", "enrollment", "guide", "deleted") if record.get(group)]
    stamps += [stamp for event in record.get("timeline", []) for stamp in (event["stamp"], event.get("withdrawn")) if stamp]
    stamps += [former["stamp"] for former in record.get("former_keys", [])]
    for batch in record.get("recovery", []):
        stamps += [batch["stamp"], *(code["stamp"] for code in batch["codes"])]

    def had_seen(state):
        newest = {stamp["by"]: stamp for stamp in state["seen"]}
        return all(stamp["by"] in newest and order(stamp) <= order(newest[stamp["by"]]) for stamp in stamps)

    for purged in payload.get("purged", []):
        if purged["id"] in ids:
            states = [state for state in payload.get("purged_states", []) if state["id"] == purged["id"]]
            if any(map(had_seen, states)) if states else all(order(s) <= order(purged["stamp"]) for s in stamps):
                return True
    return False


def order(stamp):
    """Stamps are compared by time, then tick, then writer."""
    return stamp["at"], stamp["tick"], stamp["by"]


def plain(text):
    """Letters and digits alone: the rest only separates."""
    return "".join(c for c in text if c.isalnum())


def truncate(mac):
    """RFC 4226 section 5.3."""
    offset = mac[-1] & 15
    return struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF


def payload_of(vault, identity):
    """The payload, by stock age."""
    plain = subprocess.run(["age", "-d", "-i", str(identity), str(vault)], check=True, capture_output=True).stdout
    payload = json.loads(plain)
    if payload["format"] != "keyfob-vault" or payload["major"] != MAJOR:
        raise ValueError("not a vault that this reader knows")
    return payload


def read_vault(vault, identity):
    """The accounts that are not in the trash, and of a kind that this reader knows."""
    payload = payload_of(vault, identity)
    known = [a for a in payload["accounts"] if a.get("key", {}).get("type") in ("totp", "hotp", "steam")]
    return [account for account in map(Account, known) if not account.deleted]


def read_changes(vault, identity):
    """The changes of device, the last one last."""
    accounts = read_vault(vault, identity)
    changes = [Change(record, accounts) for record in payload_of(vault, identity).get("device_changes", [])]
    return sorted(changes, key=lambda change: change.begun)


if __name__ == "__main__":
    moment = int(sys.argv[3]) if len(sys.argv) > 3 else int(time.time())
    for one in read_vault(sys.argv[1], sys.argv[2]):
        print(f"{one.code(moment)}\t{one.issuer}\t{one.label}")
