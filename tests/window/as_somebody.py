"""Run by test_presence.py as somebody who is not root."""

import json

from desktop import FIXTURES, Desktop

with Desktop() as desktop:
    system = desktop.start_system()
    desktop.fob("add", FIXTURES / "enroll.png")
    desktop.fob("lock")
    ways = desktop.fob_json("lock")
    assert ways["presence"] and ways["device"], ways
    system.tell("no")
    refused = desktop.fob("--json", "unlock", check=False)
    assert refused.returncode == 3 and json.loads(refused.stderr)["error"]["code"] == "presence_declined", refused
    assert desktop.fob("code", check=False).returncode == 3
    system.said("check app.keyfob.unlock 1")
    system.tell("yes")
    desktop.fob("unlock")
    assert len(desktop.fob_json("code")) == 1
