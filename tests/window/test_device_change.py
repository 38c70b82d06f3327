"""A change of device, in the window: twelve accounts are brought to another device, which is oathtool with the keys that the QR
codes on the screen hold, and checked by its codes, until the old one is safe to wipe. It is stopped and resumed twice."""

import base64
import json
import subprocess
import time
import urllib.parse

from desktop import Desktop, Keys, wait_for

#: Eight go by Google's codes; of the others one has seven digits, one is Steam's, one is counted, one is let be.
PLAIN = [f"otpauth://totp/Service%20{n}:zoe?secret={base64.b32encode(bytes([n] * 20)).decode()}&issuer=Service%20{n}" for n in range(1, 9)]
SEVEN = "otpauth://totp/Seven:zoe?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Seven&digits=7"
STEAM = "otpauth://steam/Steam:zoe?secret=63BEDWCQZKTQWPESARIERL5DTTQFCJTK&issuer=Steam"
BANK = "otpauth://hotp/Bank:zoe?secret=KRSXG5CTMVRXEZLUKN2XAZLSKNSWG4TF&issuer=Bank&counter=7"
CLOSED = "otpauth://totp/Closed:zoe?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Closed"


class NewDevice:
    """Another authenticator: what it scanned, and the codes that it shows, by programs that are not ours."""

    def __init__(self):
        self.keys = {}

    def scan(self, picture):
        done = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)], capture_output=True, text=True, check=True)
        texts = done.stdout.split()
        assert len(texts) == 1, "one code at a time is on the screen"
        address = urllib.parse.urlsplit(texts[0])
        query = dict(urllib.parse.parse_qsl(address.query))
        if address.scheme == "otpauth-migration":
            return self.take_export(base64.b64decode(query["data"]))
        name = query["issuer"]
        self.keys[name] = (address.netloc, query["secret"], query.get("digits", "6"), query.get("counter"))
        return [name]

    def take_export(self, payload):
        """Google's export: entries are field 1; in them the key is 1, the name 2, the issuer 3 (each shorter than 128 bytes), then numbers
        below 128: of them 6 is the type (1 for HOTP), 7 the counter."""
        names, at = [], 0
        while at < len(payload) and payload[at] == 0x0A:
            entry = payload[at + 2 : at + 2 + payload[at + 1]]
            at += 2 + len(entry)
            secret = entry[2 : 2 + entry[1]]
            rest = entry[2 + len(secret) :]
            rest = rest[2 + rest[1] :]
            name = rest[2 : 2 + rest[1]].decode()
            numbers = rest[2 + rest[1] :]
            said = {tag >> 3: value for tag, value in zip(numbers[::2], numbers[1::2], strict=True)}
            kind = "hotp" if said[6] == 1 else "totp"
            self.keys[name] = (kind, base64.b32encode(secret).decode(), "6", str(said.get(7, 0)))
            names.append(name)
        return names

    def code(self, name) -> str:
        kind, secret, digits, counter = self.keys[name]
        if kind == "steam":
            return steam(secret)
        how = ["--hotp", f"--counter={counter}"] if kind == "hotp" else ["--totp=sha1"]
        return subprocess.run(["oathtool", *how, "-b", f"--digits={digits}", secret], capture_output=True, text=True, check=True).stdout.strip()


def steam(secret: str) -> str:
    """Steam's codes, over oathtool's ten digits would be truncated: RFC 4226 section 5.3 and Steam's alphabet, here."""
    import hashlib
    import hmac
    import struct

    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    code = ""
    for _ in range(5):
        number, place = divmod(number, 26)
        code += "23456789BCDFGHJKMNPQRTVWXY"[place]
    return code


def the_step_lasts():
    """Neither the other device nor the check is to be cut in two by the end of a half minute."""
    if time.time() % 30 > 20:
        time.sleep(31 - time.time() % 30)


def row(name: str, state="") -> str:
    state = f"[data-state={state}]" if state else ""
    return f"[data-page=device] [data-account^='{name}']{state}"


def opened(window, name):
    if not window.all(f"{row(name)} [data-panel]"):
        window.click(f"{row(name)} [data-act=open]")
    window.one(f"{row(name)} [data-panel]")


def check(window, name, code):
    opened(window, name)
    # What an answer left in the field is marked, so that typing takes its place.
    window.type(f"{row(name)} input[name=code]", code, Keys.ENTER)


def go_on(window):
    window.press("Go on", within="[data-notice=device-change]")
    window.one("[data-page=device]")


def are_left(window, count: int):
    done = "[data-state=checked], [data-state=waived]"
    rows = lambda: len(window.all("[data-page=device] [data-account]"))
    wait_for(lambda: rows() == 12 and rows() - len(window.all(f"[data-page=device] [data-account]:is({done})")) == count, why=f"not {count} left")


def test_twelve_accounts_are_walked_to_safe_to_wipe_stopped_and_resumed_twice():
    with Desktop(size="1280x1700") as desktop:
        desktop.fob("--yes", "add", "-", stdin="\n".join([*PLAIN, SEVEN, STEAM, BANK, CLOSED]).encode())
        new = NewDevice()

        with desktop.open_window(size=(1200, 1500)) as window:
            window.one("[role=option]", 30)
            window.keys(Keys.CONTROL, Keys.SHIFT, "d")
            window.type("input[name=other]", "New phone")
            window.shot("device-begin")
            window.click("[data-act=begin]")
            window.one(row("Bank", "to_move"))
            are_left(window, 12)
            assert window.attribute("[data-page=device] [data-safe]", "data-safe") == "no"
            # Google's codes: what fits, one code after the other.
            window.click("[data-act=google]")
            window.shot("device-google-asks")
            assert not window.all("svg[data-qr]"), "a key is shown only when it is asked for"
            window.click("dialog [data-act=draw]")
            window.one("svg[data-qr]")
            while True:
                scanned = new.scan(window.shot("device-google"))
                assert all(name in window.text("[data-names]") for name in scanned)
                if window.all("[data-act=all-scanned]"):
                    break
                window.click("[data-act=next]")
            # Counted ones fit too; seven digits and Steam's do not.
            assert sorted(new.keys) == ["Bank", "Closed", *(f"Service {n}" for n in range(1, 9))]
            window.click("[data-act=all-scanned]")
            window.gone("svg[data-qr]")
            window.one(row("Service 1", "to_check"))
            window.one(row("Seven", "to_move"))
            del new.keys["Closed"]
            the_step_lasts()
            check(window, "Service 1", new.code("Service 1"))
            window.one(row("Service 1", "checked"))
            window.shot("device-first-checked")
        assert json.loads(desktop.fob("--json", "move", check=False).stdout)["left"] == 11

        # Stopped for the first time, and gone on with.
        with desktop.open_window(size=(1200, 1500)) as window:
            go_on(window)
            are_left(window, 11)
            # A slip, and the code of another account, are told, and nothing is done by them.
            the_step_lasts()
            check(window, "Service 2", new.code("Service 3"))
            said = wait_for(lambda: window.first(f"{row('Service 2')} .finding", lambda e: "Service 3" in e.text), why="the other account was not named")
            assert "Service 3" in said.text
            window.one(row("Service 2", "to_check"))
            window.shot("device-other-account")
            for n in range(2, 6):
                the_step_lasts()
                check(window, f"Service {n}", new.code(f"Service {n}"))
                window.one(row(f"Service {n}", "checked"))
        assert desktop.fob("--json", "move", "finish", check=False).returncode == 1

        # For the second time.
        with desktop.open_window(size=(1200, 1500)) as window:
            go_on(window)
            are_left(window, 7)
            for n in range(6, 9):
                the_step_lasts()
                check(window, f"Service {n}", new.code(f"Service {n}"))
                window.one(row(f"Service {n}", "checked"))
            check(window, "Bank", new.code("Bank"))
            window.one(row("Bank", "checked"))
            for name in ("Seven", "Steam"):
                opened(window, name)
                window.click(f"{row(name)} [data-act=show-code]")
                window.click("dialog [data-act=draw]")
                window.one("svg[data-qr]")
                assert new.scan(window.shot(f"device-code-{name.lower()}")) == [name]
                window.click("dialog [data-act=on-the-other]")
                window.one(row(name, "to_check"))
                the_step_lasts()
                check(window, name, new.code(name))
                window.one(row(name, "checked"))
            assert window.attribute("[data-page=device] [data-safe]", "data-safe") == "no"
            opened(window, "Closed")
            window.click(f"{row('Closed')} [data-act=waive]")
            window.type(f"{row('Closed')} input[name=why]", "account is closed", Keys.ENTER)
            window.one(row("Closed", "waived"))
            window.one("[data-page=device] [data-safe=yes]")
            are_left(window, 0)
            said = window.text("[data-page=device] [data-safe=yes]")
            assert "safe to wipe" in said and "Closed" in said, said
            window.shot("device-safe")
            window.click("[data-act=finish]")
            window.one("[data-ended=safe]")
            window.shot("device-finished")
        done = desktop.fob_json("move")
        assert done["safe"] and done["ended_at"] and done["left"] == 0
        states = {one["account"]["issuer"]: one["state"] for one in done["rows"]}
        assert states.pop("Closed") == "waived" and set(states.values()) == {"checked"} and len(states) == 11
        # What was checked is noted with its step; the counter is where it was.
        events = desktop.fob_json("timeline", "Bank")
        assert (events[0]["kind"], events[0]["step"]) == ("checked", "7")
        assert desktop.fob_json("code", "Bank", "--advance")[0]["code"] == new.code("Bank")
