"""Plato: a QR code and nothing else, at log-on or from an administrator; a label of free text; no recovery codes."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

from .rules import Authenticator, Refused
from .web import Answer, Asked, Pages, field_for, form, get, post, qr, say


@dataclass
class User:
    """One person at one Plato system."""

    password: str = "correct horse"
    activated: bool = False
    key: Authenticator | None = None


class Plato:
    """The rules of one system: `setting` is "Auto:LABEL" or "Central:LABEL"."""

    name = "Plato"

    def __init__(self, clock=time.time, chance: random.Random | None = None, setting="Auto:Codectomy St Elsewhere LIVE", users=("zoe",)):
        self.mode, self.label = setting.split(":", 1)
        self.clock = clock
        self.chance = chance or random.SystemRandom()
        self.users = {name: User() for name in users}

    def require_2fa(self):
        """Activates all who are not."""
        for name in self.users:
            self.activate(name)

    def activate(self, name: str):
        self._user(name).activated = True

    def deactivate(self, name: str):
        """For good: the pairing never works again."""
        user = self._user(name)
        user.activated, user.key = False, None

    def show_qr_code(self, name: str) -> str:
        """The administrator's button: the address in the QR code, the same each time."""
        user = self._user(name)
        if not user.activated:
            raise Refused("Activate two-factor authentication for this user first.")
        if user.key is None:
            user.key = Authenticator("", self.label, self.clock, self.chance)
        return user.key.uri

    def log_on(self, name: str, password: str, code: str | None = None) -> str | None:
        """Logs on. Auto: the address in the QR code to pair with, where there is no pairing yet."""
        user = self._user(name)
        if password != user.password:
            raise Refused("The password is not right.")
        if not user.activated:
            return None
        if user.key is None:
            if self.mode == "Auto":
                return self.show_qr_code(name)
            raise Refused("Ask your administrator for the QR code to pair with.")
        user.key.accept(code or "")
        return None

    def _user(self, name: str) -> User:
        if name not in self.users:
            raise Refused("There is no such user.")
        return self.users[name]


class PlatoPages(Pages):
    """Its log-on and its User Manager."""

    service: Plato

    @get("/")
    def log_on(self, _: Asked) -> Answer:
        fields = field_for("user", "User"), field_for("password", "Password", "password"), field_for("code", "Validation code")
        return self.page("Log On", form("/log-on", "Log On", *fields))

    @post("/log-on")
    def logged_on(self, asked: Asked) -> Answer:
        uri = self.service.log_on(asked.form.get("user", ""), asked.form.get("password", ""), asked.form.get("code"))
        if uri:
            return self.page("Pair your device", say("Scan this, then log on with the validation code."), qr(uri), "<a href='/'>Log On</a>")
        return self.page("Welcome", say("You are logged on."))

    @get("/manager")
    def manager(self, _: Asked) -> Answer:
        rows = "".join(f"<li><a href='/user/{name}'>{name}</a></li>" for name in self.service.users)
        return self.page("User Manager", f"<ul>{rows}</ul>", form("/require", "Require 2FA"))

    @post("/require")
    def require(self, asked: Asked) -> Answer:
        self.service.require_2fa()
        return self.manager(asked)

    def answer(self, method: str, path: str, body: dict[str, str], session: dict) -> Answer:
        # The one page that there is for each user.
        if not path.startswith("/user/"):
            return super().answer(method, path, body, session)
        name, act = (path.removeprefix("/user/").split("/") + [""])[:2]
        try:
            return self._properties(name, act if method == "POST" else "")
        except Refused as why:
            return self.refused(str(why))

    def _properties(self, name: str, act: str) -> Answer:
        shown = ""
        if act == "show":
            shown = qr(self.service.show_qr_code(name))
        elif act == "activate":
            self.service.activate(name)
        elif act == "deactivate":
            self.service.deactivate(name)
        active = name in self.service.users and self.service.users[name].activated
        other = form(f"/user/{name}/deactivate", "Deactivate 2FA") if active else form(f"/user/{name}/activate", "Activate 2FA")
        show = form(f"/user/{name}/show", "Show QR Code") if active else ""
        return self.page("User Properties", say(f"User {name}. 2FA is {'active' if active else 'not active'}."), show, other, shown)
