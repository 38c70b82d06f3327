"""Pterodactyl: code and password together, recovery tokens as JSON too, a second factor that must be off before it is set up again."""

from __future__ import annotations

import string

from .rules import RecoveryCodes, Refused, Service
from .web import Answer, Asked, Pages, as_json, delete, field_for, form, get, go, post, qr, say

API = "/api/client/account/two-factor"
WORDS = "Two-Factor Authentication"


class Pterodactyl(Service):
    """The rules."""

    name = "Pterodactyl"

    def __init__(self, *arguments, **more):
        super().__init__(*arguments, **more)
        self.activity: list[str] = []

    def credentials(self) -> dict:
        """A new key: what GET answers."""
        key = self.begin()
        return {"data": {"image_url_data": key.uri, "secret": key.secret}}

    def enable(self, code: str, password: str) -> dict:
        """What POST answers: the recovery tokens, this once."""
        if self.on:
            raise Refused("Two-factor authentication is already enabled: disable it first.")
        self.ask_password(password)
        self.confirm(code)
        self.codes = RecoveryCodes(self.texts(10, 10, string.ascii_letters + string.digits))
        self.activity.append("user:two-factor.create")
        return {"object": "recovery_tokens", "attributes": {"tokens": self.codes.texts}}

    def login(self, password: str, code: str | None = None, recovery: str | None = None):
        """Signs in; a recovery token does so once, and all stays on."""
        self.sign_in(password, code, recovery)

    def disable(self, password: str):
        """The key is cleared and every token is void."""
        self.ask_password(password)
        self.clear()
        self.activity.append("user:two-factor.delete")


class PterodactylPages(Pages):
    """Its account settings, its sign-in, and its API."""

    menu = (("Servers", "/"), ("Account Settings", "/account"))
    service: Pterodactyl

    @get("/")
    def servers(self, _: Asked) -> Answer:
        return self.page("Servers", say("No servers yet."))

    @get("/account")
    def account(self, _: Asked) -> Answer:
        if self.service.on:
            act = form("/disable", f"Disable {WORDS}", field_for("password", "Current password", "password"))
            status = "Two-step verification is enabled on your account."
        else:
            act = form("/setup", f"Enable {WORDS}")
            status = "Two-step verification is not enabled on your account."
        return self.page("Account Settings", f"<p>E-mail: {self.service.person}</p>", f"<h2>{WORDS}</h2>", say(status), act, "<h2>Activity</h2>", *map(say, self.service.activity))

    @post("/setup")
    def setup(self, _: Asked) -> Answer:
        data = self.service.credentials()["data"]
        fields = field_for("code", "6-digit code"), field_for("password", "Current password", "password")
        return self.page(f"Enable {WORDS}", qr(data["image_url_data"]), say("Or type the secret key:"), f"<p><code>{data['secret']}</code></p>", form("/enable", "Enable", *fields))

    @post("/enable")
    def enable(self, asked: Asked) -> Answer:
        tokens = self.service.enable(asked.form.get("code", ""), asked.form.get("password", ""))["attributes"]["tokens"]
        lines = "\n".join(tokens)
        explain = say("Keep these codes: each lets you in once, without your device. They are not shown again.")
        return self.page("Two-step authentication enabled", explain, f"<pre>{lines}</pre>", "<a href='/account'>Close</a>")

    @post("/disable")
    def disable(self, asked: Asked) -> Answer:
        self.service.disable(asked.form.get("password", ""))
        return go("/account")

    @get("/sign-in")
    def sign_in(self, _: Asked) -> Answer:
        fields = field_for("password", "Password", "password"), field_for("code", "6-digit code"), field_for("recovery", "Recovery code, where your device is lost")
        return self.page("Login to continue", form("/signed-in", "Login", *fields), menu=False)

    @post("/signed-in")
    def signed_in(self, asked: Asked) -> Answer:
        self.service.login(asked.form.get("password", ""), asked.form.get("code"), asked.form.get("recovery"))
        return go("/")

    @get(API)
    def api_get(self, _: Asked) -> Answer:
        return self._json(lambda: as_json(self.service.credentials()))

    @post(API)
    def api_post(self, asked: Asked) -> Answer:
        return self._json(lambda: as_json(self.service.enable(asked.form.get("code", ""), asked.form.get("password", ""))))

    @delete(API)
    def api_delete(self, asked: Asked) -> Answer:
        def off():
            self.service.disable(asked.form.get("password", ""))
            return as_json(None, 204)

        return self._json(off)

    def _json(self, act) -> Answer:
        try:
            return act()
        except Refused as why:
            return as_json({"errors": [{"code": "BadRequestHttpException", "status": "400", "detail": str(why)}]}, 400)
