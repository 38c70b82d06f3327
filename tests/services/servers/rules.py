"""What two-factor authentication is at any of the five: a shared key, codes that work once, recovery codes that work once."""

from __future__ import annotations

import base64
import random
import time

import pyotp

STEP = 30
"""Seconds that a code lasts."""
WINDOW = 1
"""Steps before and after now whose codes are taken too (RFC 6238 §5.2)."""


class Refused(Exception):
    """The service says no, and why."""


class Clock:
    """A clock that stands still until a test moves it: from now on, where no time is given."""

    def __init__(self, now: int | None = None):
        self.now = int(time.time()) if now is None else now

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds=STEP):
        self.now += seconds


class Authenticator:
    """One shared key. Its codes are judged by pyotp; each works once (RFC 6238 §5.2)."""

    def __init__(self, issuer: str, label: str, clock, chance: random.Random):
        self.secret = base64.b32encode(chance.randbytes(20)).decode()
        self.uri = pyotp.TOTP(self.secret).provisioning_uri(name=label, issuer_name=issuer or None)
        self._clock = clock
        self._used: set[int] = set()

    def step_of(self, code: str) -> int | None:
        """The time step that this code belongs to, where it is in the window."""
        now = int(self._clock())
        totp = pyotp.TOTP(self.secret)
        steps = (now // STEP + offset for offset in range(-WINDOW, WINDOW + 1))
        return next((step for step in steps if pyotp.utils.strings_equal(totp.at(step * STEP), code)), None)

    def check(self, code: str):
        """A dry run: refuses a code that is not one of the window, and changes nothing."""
        if len(code) != 6 or not code.isdecimal():
            raise Refused("A code has exactly 6 digits.")
        if self.step_of(code) is None:
            raise Refused("This code is not valid.")

    def accept(self, code: str):
        """Takes a code, once."""
        self.check(code)
        step = self.step_of(code)
        if step in self._used:
            raise Refused("This code was used already.")
        self._used.add(step)


class RecoveryCodes:
    """Recovery codes, each of which works once."""

    def __init__(self, texts: list[str]):
        self.texts = list(texts)
        self._unused = set(texts)

    def use(self, text: str):
        if text not in self._unused:
            raise Refused("This recovery code is not valid.")
        self._unused.remove(text)

    def left(self) -> int:
        return len(self._unused)


class Service:
    """One person's account at a service."""

    name = ""
    person = "zoe@plant-7"
    password = "correct horse"

    def __init__(self, clock=time.time, chance: random.Random | None = None, person: str | None = None):
        self.clock = clock
        self.chance = chance or random.SystemRandom()
        self.person = person or self.person
        self.key: Authenticator | None = None
        self.setup: Authenticator | None = None
        self.codes = RecoveryCodes([])
        self.since: int | None = None

    @property
    def on(self) -> bool:
        return self.key is not None

    def status(self) -> str:
        """What the badge says."""
        return f"Enabled since {time.strftime('%-d %B %Y', time.gmtime(self.since))}" if self.on else "Disabled"

    def begin(self) -> Authenticator:
        """A new key, which counts once a code of it was accepted."""
        if self.on:
            raise Refused("Two-factor authentication is already enabled: disable it first.")
        self.setup = Authenticator(self.name, self.person, self.clock, self.chance)
        return self.setup

    def confirm(self, code: str):
        if self.setup is None:
            raise Refused("There is nothing to verify.")
        self.setup.accept(code)
        self.key, self.setup, self.since = self.setup, None, int(self.clock())

    def clear(self):
        """Off: the key is forgotten and every recovery code is void."""
        self.key = self.setup = self.since = None
        self.codes = RecoveryCodes([])

    def ask_password(self, typed: str):
        if typed != self.password:
            raise Refused("The password is not right.")

    def ask_code(self, code: str):
        if self.key is None:
            raise Refused("Two-factor authentication is not enabled.")
        self.key.accept(code)

    def sign_in(self, password: str, code: str | None, recovery: str | None):
        """Password first; then, where it is on, a code or else a recovery code."""
        self.ask_password(password)
        if not self.on:
            return
        if recovery:
            self.codes.use(recovery)
        else:
            self.ask_code(code or "")

    def texts(self, count: int, length: int, alphabet: str) -> list[str]:
        """New recovery codes."""
        return ["".join(self.chance.choices(alphabet, k=length)) for _ in range(count)]
