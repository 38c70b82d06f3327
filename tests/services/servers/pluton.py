"""Pluton: a toggle that asks, and ten recovery codes that are shown once."""

from __future__ import annotations

from .rules import Authenticator, RecoveryCodes, Service
from .web import Answer, Asked, Pages, field_for, form, get, go, post, qr, say


class Pluton(Service):
    """The rules."""

    name = "Pluton"

    def enable(self) -> Authenticator:
        """The toggle, and the yes to what it asks."""
        return self.begin()

    def verify(self, code: str) -> list[str]:
        """On; the ten codes, this once."""
        self.confirm(code)
        halves = self.texts(20, 5, "abcdefghjkmnpqrstuvwxyz23456789")
        self.codes = RecoveryCodes([f"{a}-{b}" for a, b in zip(halves[::2], halves[1::2])])
        return self.codes.texts

    def login(self, password: str, code: str | None = None, recovery: str | None = None):
        """Signs in; a recovery code is typed where the code is, works once, and all stays on."""
        self.sign_in(password, code, recovery)

    def disable(self):
        """The toggle off, saved."""
        self.clear()


class PlutonPages(Pages):
    """Its settings and its login."""

    menu = (("Tasks", "/"), ("Settings", "/settings"))
    service: Pluton

    @get("/")
    def tasks(self, _: Asked) -> Answer:
        return self.page("Tasks", say("Nothing is due."))

    @get("/settings")
    def settings(self, _: Asked) -> Answer:
        return self.page("Settings", "<nav><a href='/settings/general'>General</a> <a href='/settings'>Mail</a> <a href='/settings'>Licence</a></nav>")

    @get("/settings/general")
    def general(self, _: Asked) -> Answer:
        return self._general(self.service.on)

    @post("/toggle-on")
    def toggle_on(self, _: Asked) -> Answer:
        question = say("Do you want a code to be asked for at each login?")
        return self.page("General", "<h2>Enable 2FA</h2>", question, form("/setup", "Yes, Enable 2FA"), "<a href='/settings/general'>Cancel</a>")

    @post("/toggle-off")
    def toggle_off(self, _: Asked) -> Answer:
        return self.page("General", "<h2>Enable 2FA</h2>", say("Off, once it is saved."), form("/save", "Save"), "<a href='/settings/general'>Cancel</a>")

    @post("/save")
    def save(self, _: Asked) -> Answer:
        self.service.disable()
        return go("/settings/general")

    @post("/setup")
    def setup(self, _: Asked) -> Answer:
        key = self.service.enable()
        grouped = " ".join(key.secret[at : at + 4] for at in range(0, len(key.secret), 4))
        by_hand = f"<h3>Setup Key</h3><p><code>{grouped}</code></p>"
        verify = form("/verify", "Verify & Enable 2FA", field_for("code", "6-digit code"))
        return self.page("2FA Setup", say("Scan this with your authenticator app."), qr(key.uri), by_hand, verify)

    @post("/verify")
    def verify(self, asked: Asked) -> Answer:
        codes = self.service.verify(asked.form.get("code", ""))
        rows = "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in zip(codes[::2], codes[1::2]))
        explain = say("Here are 10 recovery codes. Save them now: this is the only time they are shown.")
        return self.page("2FA is enabled", explain, f"<table>{rows}</table>", "<a href='/settings/general'>Close</a>")

    @get("/login")
    def login(self, _: Asked) -> Answer:
        return self.page("Login", form("/password", "Login", field_for("password", "Password", "password")), menu=False)

    @post("/password")
    def password(self, asked: Asked) -> Answer:
        self.service.ask_password(asked.form.get("password", ""))
        asked.session["password"] = asked.form["password"]
        if not self.service.on:
            return go("/")
        return self.page("Two-Factor Authentication", say("A code of your app, or a recovery code."), form("/second", "Login", field_for("code", "Code")), menu=False)

    @post("/second")
    def second(self, asked: Asked) -> Answer:
        typed = asked.form.get("code", "")
        way = {"code": typed} if typed.isdecimal() and len(typed) == 6 else {"recovery": typed}
        self.service.login(asked.session.get("password", ""), **way)
        return go("/")

    def _general(self, on: bool) -> Answer:
        toggle = form("/toggle-off" if on else "/toggle-on", "Enable 2FA")
        return self.page("General", say(f"Instance: plant-7. 2FA is {'on' if on else 'off'}."), toggle)
