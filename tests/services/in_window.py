"""Zoe at one of the five services, with a browser on one side and Keyfob's real window on the other. Codes are read off the window, as she does."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "window"))

from desktop import Keys, wait_for  # noqa: E402  (it lives with the window's tests)

STEP = 30


class Terminal:
    """`fob` beside the window, where a test only looks."""

    def __init__(self, desktop):
        self.desktop = desktop

    def json(self, *arguments, **more):
        return self.desktop.fob_json(*map(str, arguments), **more)


class InWindow:
    """Keyfob's side of a `Person` by the window: mixed into it in front of `person.py`'s."""

    window = None

    def code(self) -> str:
        """A code that was not used yet: a service takes each once, and those beside the present one too."""
        used = self.__dict__.setdefault("_used", set())
        def fresh():
            row = self.fob.json("code", self.query)[0]
            return next((code for code in (row["code"], row["next"]) if code not in used), None)

        found = wait_for(fresh, 2 * STEP, every=0.5, why="no code came that was not used")
        used.add(found)
        return found

    def shown_code(self) -> str:
        """The large code of the account, marked as used."""
        code = self.window.attribute(".details .code.large", "data-code")
        self.__dict__.setdefault("_used", set()).add(code)
        return code

    def shot(self, name: str):
        self.window.shot(f"{self.id}-{name}")

    def choose_playbook(self):
        """By issuer it is offered; where a QR code names none, it is looked for."""
        if self.companion()["playbook"]["id"] == self.id:
            return
        self.window.click("[data-guide] button[aria-label^='Guide:']")
        self.window.type("dialog input", self.service.name)
        self.window.press(self.service.name, within="dialog")
        self.window.gone("dialog")
        wait_for(lambda: self.companion()["playbook"]["id"] == self.id, why="the playbook was not chosen")

    def guide(self, state: str):
        """Waits until the guide stands so: steps, paused, off, done."""
        self.window.one(f"[data-guide={state}]")

    def scan(self, again=False):
        desktop = self.window.desktop
        desktop.copy_picture(self.picture)
        if again:
            self.window.press("Enroll again", within="[data-guide]")
            self.window.one("dialog")
        self.window.paste()
        self.window.one("dialog [data-code]")
        if again:
            self.shot("new-key")
            self.window.press("Use this one", within="dialog")
        else:
            self.window.keys(Keys.ENTER)
        self.window.gone("dialog")
        self.guide("steps")

    def keep_from_clipboard(self, text: str, where: str):
        """Pastes the text, looks at what was found, and keeps it. Returns what was shown."""
        self.window.desktop.copy_text(text)
        self.window.press("Paste", within=where)
        self.window.one("dialog input[type=checkbox]")
        shown = [one.text for one in self.window.all("dialog li code")]
        self.shot("codes-found")
        self.window.press("Keep", within="dialog")
        self.window.gone("dialog")
        return shown

    def enrolling(self, again=False):
        """As `Person.enrolling`, by the window."""
        for step in self.playbook["steps"]:
            if step["kind"] == "scan":
                self.begin(step)
                self.picture = self.screenshot()
                self.scan(again)
                self.choose_playbook()
                self.browser.walk(step["then"])
            elif step["kind"] == "keep":
                self.browser.walk(step["click"])
                self.keep_from_clipboard(self.browser.copy(), "[data-guide]")
                self.browser.walk(step["then"])
            else:
                self.shot("prove")
                self.prove(step)
                self.window.press("It was accepted", within="[data-guide]")
            yield step["kind"]
        self.guide("done")
        self.window.press("Done", within="[data-guide]")

    def prove(self, step: dict):
        """With the code that stands in the window, where it was not used yet."""
        self.window.one("[data-guide] .code.large")
        super().prove(step)

    def use(self, number=1) -> str:
        """Copies a recovery code, and returns it from the clipboard."""
        before = self.window.desktop.clipboard()
        self.window.click(f"[data-use='{number}']")
        self.window.toast("Copied recovery code")
        self.window.one("[data-code-state=in_doubt]")
        wait_for(lambda: self.window.desktop.clipboard() != before, why="nothing was copied")
        return self.window.desktop.clipboard()

    def answer(self, text: str):
        self.window.press(text, within="[data-spot=answer]")
        self.window.gone("[data-spot=answer]")

    def open_service(self):
        """Unfolds what else the service does."""
        if not self.window.first("[data-spot=service] details[open]"):
            self.window.click("[data-spot=service] summary")

    def code_of_now(self) -> str:
        """A code that holds for a while yet."""
        wait_for(lambda: time.time() % STEP < STEP - 8, STEP, every=0.5, why="no step began")
        return self.fob.json("code", self.query)[0]["code"]

    def check(self, code: str) -> str:
        """What the window makes of a code of another device, or of the service's dry run."""
        self.window.click("[data-check-open]")
        assert self.window.one("input[name=check]").get_attribute("value") == ""
        self.window.type("input[name=check]", code, Keys.ENTER)
        return self.window.attribute("[data-checked]", "data-checked")

    def say_disabled(self):
        self.open_service()
        self.window.press("I have disabled 2FA there")
        self.window.press("Yes, it is off")
        self.guide("off")

    def undo(self, what: str):
        self.window.press(f"Undo: {what}")
        time.sleep(0.2)


def beside(kind):
    """A person of this kind, with Keyfob's window in the place of `fob`."""
    return type(f"{kind.__name__}InWindow", (InWindow, kind), {})
