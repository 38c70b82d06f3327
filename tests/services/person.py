"""Zoe at one of the five services, with a browser on one side and `fob` on the other. The clicks are those of Keyfob's playbook."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from browser import Browser
from servers import Mirox, MiroxPages, Plato, PlatoPages, Plausible, PlausiblePages, Pluton, PlutonPages, Pterodactyl, PterodactylPages

PASSWORD = "correct horse"


class Person:
    """What is the same everywhere; each service below has its own sign-in."""

    id = ""
    kind: type
    pages: type

    def __init__(self, fob, clock, chance, folder: Path):
        self.fob, self.clock, self.folder = fob, clock, folder
        self.site = self.pages(self.kind(clock=clock, chance=chance))
        self.service = self.site.service
        self.query = self.service.name
        self._shots = 0

    def __enter__(self):
        self.site.__enter__()
        self.browser = Browser(self.site.url).open("/")
        self.playbook = self.fob.json("playbooks", self.id)
        return self

    def __exit__(self, *_):
        self.site.__exit__()

    # Keyfob's side.

    def companion(self) -> dict:
        return self.fob.json("enroll", self.query)

    def enroll(self, *words, **more) -> dict:
        return self.fob.json("enroll", self.query, *words, **more)

    def recovery(self, *words, **more) -> dict:
        return self.fob.json("recovery", self.query, *words, **more)

    def kept(self) -> list[str]:
        """The texts of the codes that hold."""
        return [code["text"] for code in self.recovery("show", "--reveal")["codes"]]

    def states(self) -> list[str]:
        return [code["state"] for code in self.recovery("show")["codes"]]

    def timeline(self) -> list[str]:
        """What happened, oldest first."""
        return [event["kind"] for event in reversed(self.fob.json("timeline", self.query))]

    def code(self) -> str:
        """What `fob` computes for the step after the one used last."""
        self.clock.forward()
        return self.fob.json("code", self.query, "--at", self.clock())[0]["code"]

    def todo(self) -> list[str]:
        return [todo["kind"] for todo in self.companion()["todo"]]

    # The service's side.

    def is_on(self) -> bool:
        return self.service.on

    def key(self):
        """The key that the service has, or is about to have."""
        return self.service.setup or self.service.key

    def go_to_settings(self):
        """Follows the playbook's path; a word of it that is on no page (the name of the account) is passed over."""
        self.browser.open("/")
        for words in self.playbook["where"]:
            if self.browser.has(words):
                self.browser.walk([words])

    def screenshot(self) -> Path:
        self._shots += 1
        return self.browser.screenshot(self.folder / f"shot-{self._shots}.png")

    def begin(self, step: dict):
        """To the page with the QR code."""
        self.go_to_settings()
        self.browser.walk([words for words in step["click"] if self.browser.has(words) or words not in self.playbook["where"]])

    def prove(self, step: dict):
        self.browser.walk(step["click"] + step["then"], code=self.code(), password=PASSWORD)
        assert not self.browser.refused(), self.browser.copy()

    def disable(self):
        self.go_to_settings()
        answers = {"code": self.code(), "password": PASSWORD}
        self.browser.walk(self.playbook["disabling"]["click"], **answers)
        if self.browser.has("Save"):  # a toggle is saved
            self.browser.press("Save")
        assert not self.is_on()

    # Both.

    def enrolling(self, by_hand=False, again=False):
        """Goes through the steps in the service's order; yields the kind of each once it is done on both sides."""
        for number, step in enumerate(self.playbook["steps"]):
            if step["kind"] == "scan":
                self.begin(step)
                self.picture = self.screenshot()
                if again:
                    self.enroll("again", self.picture)
                elif by_hand:
                    key = re.search(r"^[A-Z2-7 ]{32,}$", self.browser.copy(), re.MULTILINE).group()
                    self.fob.json("add", "-", "--issuer", self.service.name, "--label", self.service.person, stdin=key.encode())
                else:
                    self.fob.json("add", self.picture)
                self.enroll("--playbook", self.id, "step", number + 1)
                self.browser.walk(step["then"])
            elif step["kind"] == "keep":
                self.browser.walk(step["click"])
                self.enroll("keep", stdin=self.browser.copy().encode())
                self.browser.walk(step["then"])
            else:
                self.prove(step)
                self.enroll("accepted")
            yield step["kind"]

    def enrolled(self, **more) -> "Person":
        """All of it at once."""
        assert list(self.enrolling(**more)) == [step["kind"] for step in self.playbook["steps"]]
        assert self.is_on()
        return self

    def sign_in(self, code=None, recovery=None) -> bool:
        """On another device; whether it was let in. The page stays in `other`."""
        self.other = Browser(self.site.url)
        self._sign_in(**({"code": code} if code else {"recovery": recovery}))
        return not self.other.refused()

    def _sign_in(self, **typed: str):
        raise NotImplementedError


class AtMirox(Person):
    id, kind, pages = "mirox", Mirox, MiroxPages

    def _sign_in(self, code=None, recovery=None):
        self.other.open("/sign-in").press("Sign in", password=PASSWORD)
        if code:
            self.other.press("Verify", code=code)
        else:
            self.other.walk(self.playbook["using"]["click"], backup_code=recovery)


class AtPterodactyl(Person):
    id, kind, pages = "pterodactyl", Pterodactyl, PterodactylPages

    def _sign_in(self, **typed):
        self.other.open("/sign-in").press("Login", password=PASSWORD, **typed)


class AtPluton(Person):
    id, kind, pages = "pluton", Pluton, PlutonPages

    def _sign_in(self, code=None, recovery=None):
        self.other.open("/login").press("Login", password=PASSWORD).press("Login", code=code or recovery)


class AtPlausible(Person):
    id, kind, pages = "plausible", Plausible, PlausiblePages

    def _sign_in(self, **typed):
        self.other.open("/login").press("Log in", password=PASSWORD, **typed)


class AtPlato(Person):
    """The QR code comes at log-on, a code proves it at the next one; an administrator does the rest."""

    id, kind, pages = "plato", Plato, PlatoPages

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.query = "Codectomy"

    def is_on(self):
        return self.service.users["zoe"].key is not None

    def key(self):
        return self.service.users["zoe"].key

    def administrator(self) -> Browser:
        return Browser(self.site.url).open("/manager")

    def begin(self, step):
        self.administrator().press("Require 2FA")
        self.browser.open("/").press("Log On", user="zoe", password=PASSWORD)

    def prove(self, step):
        assert self.sign_in(code=self.code())

    def disable(self):
        self.administrator().press("zoe").press("Deactivate 2FA")
        assert not self.is_on()

    def _sign_in(self, code):
        self.other.open("/").press("Log On", user="zoe", password=PASSWORD, code=code)


def at(*kinds):
    """The test is made at each of these services."""
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.id)


WITH_CODES = [AtMirox, AtPterodactyl, AtPluton, AtPlausible]
ALL = [*WITH_CODES, AtPlato]


def holds(value, *texts: str) -> list[str]:
    """Which of the texts a JSON value repeats."""
    whole = json.dumps(value)
    return [text for text in texts if text in whole]
