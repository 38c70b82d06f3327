"""Mirox: one rotating backup code, kept before the key is proved; signing in with it switches two-factor authentication off."""

from __future__ import annotations

import string
from dataclasses import dataclass

from .rules import RecoveryCodes, Service
from .web import Answer, Asked, Pages, field_for, form, get, go, post, qr, say


@dataclass
class Setup:
    """What the dialog shows."""

    uri: str
    secret: str
    backup_code: str


class Mirox(Service):
    """The rules."""

    name = "Mirox"

    def enable(self) -> Setup:
        """The dialog opens: on only after `verify`."""
        key = self.begin()
        self._issue()
        return Setup(key.uri, key.secret, self.backup_code)

    def verify(self, code: str):
        self.confirm(code)

    def login(self, password: str, code: str | None = None, backup_code: str | None = None) -> str | None:
        """Signs in; with a backup code it also switches 2FA off, and gives the fresh one."""
        was_on = self.on
        self.sign_in(password, code, backup_code)
        if not (was_on and backup_code):
            return None
        self.clear()
        return self._issue()

    def check(self, code: str):
        """The dry run."""
        self._must_be_on().check(code)

    def new_backup_codes(self, code: str) -> str:
        """A fresh code; the one before is void at once."""
        self.ask_code(code)
        return self._issue()

    def disable(self, code: str):
        self.ask_code(code)
        self.clear()

    @property
    def backup_code(self) -> str | None:
        """The one code there is."""
        return self.codes.texts[0] if self.codes.texts else None

    def _issue(self) -> str:
        self.codes = RecoveryCodes(self.texts(1, 8, string.ascii_uppercase + string.digits))
        return self.codes.texts[0]

    def _must_be_on(self):
        if self.key is None:
            self.ask_code("")
        return self.key


class MiroxPages(Pages):
    """Its Profile page with the Security card, and its sign-in."""

    menu = (("Dashboard", "/"), ("Plant", "/"))
    service: Mirox

    @get("/")
    def dashboard(self, _: Asked) -> Answer:
        menu = "<details open><summary>Profile menu</summary><ul><li><a href='/profile'>Profile</a></li><li><a href='/sign-in'>Sign out</a></li></ul></details>"
        return self.page("Dashboard", menu, say("Line 7 runs. No alarms."))

    @get("/profile")
    def profile(self, _: Asked) -> Answer:
        if self.service.on:
            acts = [form("/new-backup", "New Backup Codes", ""), form("/check", "Check 2FA"), form("/disable", "Disable")]
        else:
            acts = [form("/enable", "Enable")]
        about = say(f"Signed in as {self.service.person}. Language: English. Member since 2019-03-04.")
        return self.page("Profile", about, "<h2>Security</h2>", f'<p>Two-factor authentication: <span class="badge">{self.service.status()}</span></p>', *acts)

    @post("/enable")
    def enable(self, asked: Asked) -> Answer:
        asked.session["setup"] = setup = self.service.enable()
        by_hand = f"<h3>Manual Entry</h3><p><code>{setup.secret}</code></p>"
        explain = say("Step 1 of 3: point your authenticator at this picture.")
        return self.page("Set up two-factor authentication", explain, qr(setup.uri), by_hand, form("/backup", "Next"))

    @post("/backup")
    def backup(self, asked: Asked) -> Answer:
        explain = say("Step 2 of 3: this single code lets you in when your authenticator is lost. Keep it apart from your phone.")
        code = f"<p>Backup code: <code>{asked.session['setup'].backup_code}</code> <button type=button>Copy</button></p>"
        return self.page("Save your backup code", explain, code, form("/verify", "Next"))

    @post("/verify")
    def verify(self, asked: Asked) -> Answer:
        return self.page("Verify and enable", say("Step 3 of 3: type what your authenticator shows now."), form("/verified", "Verify and Enable", field_for("code", "6-digit code")))

    @post("/verified")
    def verified(self, asked: Asked) -> Answer:
        self.service.verify(asked.form.get("code", ""))
        return go("/profile")

    @post("/check")
    def check(self, _: Asked) -> Answer:
        return self.page("Check 2FA", say("Nothing on your account changes."), form("/checked", "Check", field_for("code", "6-digit code")))

    @post("/checked")
    def checked(self, asked: Asked) -> Answer:
        self.service.check(asked.form.get("code", ""))
        return self.page("Check 2FA", say("The code is valid."))

    @post("/new-backup")
    def new_backup(self, _: Asked) -> Answer:
        return self.page("New Backup Codes", say("The code you hold now stops working at once."), form("/renewed", "Issue a new code", field_for("code", "6-digit code")))

    @post("/renewed")
    def renewed(self, asked: Asked) -> Answer:
        return self._fresh(self.service.new_backup_codes(asked.form.get("code", "")))

    @post("/disable")
    def disable(self, _: Asked) -> Answer:
        return self.page("Disable two-factor authentication", form("/disabled", "Disable", field_for("code", "6-digit code")))

    @post("/disabled")
    def disabled(self, asked: Asked) -> Answer:
        self.service.disable(asked.form.get("code", ""))
        return go("/profile")

    @get("/sign-in")
    def sign_in(self, _: Asked) -> Answer:
        return self.page("Sign in", form("/password", "Sign in", field_for("password", "Password", "password")), menu=False)

    @post("/password")
    def password(self, asked: Asked) -> Answer:
        self.service.ask_password(asked.form.get("password", ""))
        asked.session["password"] = asked.form["password"]
        if not self.service.on:
            return go("/")
        return self.page("Two-factor authentication", form("/second", "Verify", field_for("code", "6-digit code")), form("/use-backup", "Use Backup Code"), menu=False)

    @post("/use-backup")
    def use_backup(self, _: Asked) -> Answer:
        return self.page("Use Backup Code", form("/second", "Continue", field_for("backup_code", "8-character code")), menu=False)

    @post("/second")
    def second(self, asked: Asked) -> Answer:
        fresh = self.service.login(asked.session.get("password", ""), asked.form.get("code"), asked.form.get("backup_code"))
        return self._fresh(fresh) if fresh else go("/")

    def _fresh(self, code: str) -> Answer:
        off = "" if self.service.on else say("Two-factor authentication is off now: enable it again with a fresh scan.")
        return self.page("Your new backup code", off, say("The one before is void. Record this one:"), f"<p><code>{code}</code></p>", "<a href='/profile'>Done</a>")
