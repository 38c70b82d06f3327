"""Plausible: a set of recovery codes, also as a .txt file, made anew with the password; codes are asked for on new devices."""

from __future__ import annotations

from .rules import Authenticator, RecoveryCodes, Service
from .web import Answer, Asked, Pages, download, field_for, form, get, go, link, post, qr, say

HEADING = "Two-Factor Authentication (2FA)"


class Plausible(Service):
    """The rules."""

    name = "Plausible"

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.devices: set[str] = set()

    def enable(self) -> Authenticator:
        return self.begin()

    def verify(self, code: str) -> list[str]:
        self.confirm(code)
        return self._issue()

    def generate_new(self, password: str) -> list[str]:
        """A new set; the old one is void."""
        self.ask_password(password)
        if not self.on:
            self.ask_code("")
        return self._issue()

    def disable(self, password: str):
        """Codes and recovery codes are void."""
        self.ask_password(password)
        self.clear()
        self.devices.clear()

    def login(self, password: str, code: str | None = None, recovery: str | None = None, device: str | None = None):
        """A code, or a recovery code, is asked for on a device that is new; one without a name is new each time."""
        if self.on and device in self.devices:
            self.ask_password(password)
            return
        self.sign_in(password, code, recovery)
        if device:
            self.devices.add(device)

    def log_out_elsewhere(self, device: str):
        """Other devices are asked again."""
        self.devices &= {device}

    def as_file(self) -> str:
        """What the downloaded file holds."""
        return "\r\n".join(["Plausible Analytics recovery codes", f"Account: {self.person}", "", *self.codes.texts, ""])

    def _issue(self) -> list[str]:
        # Base32 without the letters that look like digits, as such services do it.
        self.codes = RecoveryCodes(self.texts(10, 10, "ABCDEFGHJKLMNPQRSTUVWXYZ234567"))
        return self.codes.texts


class PlausiblePages(Pages):
    """Its account settings and its login."""

    menu = (("Sites", "/"),)
    service: Plausible

    @get("/")
    def sites(self, _: Asked) -> Answer:
        menu = f"<details open><summary>zoe</summary><ul><li>{link('/settings', 'Account Settings')}</li><li>{link('/login', 'Log out')}</li></ul></details>"
        return self.page("Sites", menu, say("plant-7.example: 1,204 visitors in 30 days."))

    @get("/settings")
    def settings(self, _: Asked) -> Answer:
        return self.page("Account Settings", link("/settings/security", "Security"), say(f"E-mail: {self.service.person}"))

    @get("/settings/security")
    def security(self, _: Asked) -> Answer:
        if self.service.on:
            acts = [form("/disable", "Disable 2FA"), say("Recovery codes"), link("/generate", "Generate new"), form("/log-out-elsewhere", "Log out of other devices")]
        else:
            acts = [form("/enable", "Enable 2FA")]
        return self.page("Security", f"<h2>{HEADING}</h2>", *acts)

    @post("/enable")
    def enable(self, _: Asked) -> Answer:
        key = self.service.enable()
        return self.page("Link your authenticator", qr(key.uri), say("Or paste this code:"), f"<p><code>{key.secret}</code></p>", form("/proceed", "Proceed"))

    @post("/proceed")
    def proceed(self, _: Asked) -> Answer:
        return self.page("Verify", form("/verify", "Verify", field_for("code", "6-digit code")))

    @post("/verify")
    def verify(self, asked: Asked) -> Answer:
        return self._codes(self.service.verify(asked.form.get("code", "")))

    @get("/generate")
    def generate(self, _: Asked) -> Answer:
        return self.page("Generate new recovery codes", say("The ones you hold become invalid."), form("/generated", "Generate New Codes", field_for("password", "Password", "password")))

    @post("/generated")
    def generated(self, asked: Asked) -> Answer:
        return self._codes(self.service.generate_new(asked.form.get("password", "")))

    @get("/recovery-codes.txt")
    def recovery_codes(self, _: Asked) -> Answer:
        return download("plausible_recovery_codes.txt", self.service.as_file())

    @post("/disable")
    def disable(self, _: Asked) -> Answer:
        return self.page("Disable 2FA", form("/disabled", "Disable 2FA", field_for("password", "Password", "password")))

    @post("/disabled")
    def disabled(self, asked: Asked) -> Answer:
        self.service.disable(asked.form.get("password", ""))
        return go("/settings/security")

    @post("/log-out-elsewhere")
    def log_out_elsewhere(self, asked: Asked) -> Answer:
        self.service.log_out_elsewhere(asked.session.get("device", ""))
        return go("/settings/security")

    @get("/login")
    def login(self, _: Asked) -> Answer:
        fields = field_for("password", "Password", "password"), field_for("code", "Code, on a new device"), field_for("recovery", "Recovery code, where there is none")
        return self.page("Enter your details", form("/logged-in", "Log in", *fields), menu=False)

    @post("/logged-in")
    def logged_in(self, asked: Asked) -> Answer:
        asked.session["device"] = device = str(id(asked.session))
        self.service.login(asked.form.get("password", ""), asked.form.get("code"), asked.form.get("recovery"), device)
        return go("/")

    def _codes(self, codes: list[str]) -> Answer:
        items = "".join(f"<li>{code}</li>" for code in codes)
        return self.page("Recovery codes", say("Each lets you in once when your device is lost."), f"<ol>{items}</ol>", link("/recovery-codes.txt", "Download"), form("/finish", "Finish"))

    @post("/finish")
    def finish(self, _: Asked) -> Answer:
        return go("/settings/security")
