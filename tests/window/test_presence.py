"""Where the keychain opens the vault, the system is asked whether the person is here. polkit asks root nothing, so this
runs as somebody else: in a user namespace of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.skipif(
    subprocess.run(["unshare", "--user", "--map-user=1000", "true"], capture_output=True, check=False).returncode != 0,
    reason="this system lets nobody make a user namespace, so polkit cannot be asked as somebody else",
)
def test_the_system_asks_for_the_person_before_the_keychain_opens_a_locked_vault():
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", sys.executable, "-B", HERE / "as_somebody.py"]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
