"""Eight programs save at once, a thousand times each: seven `fob` and the window. Every save counts an HOTP account on,
so that each one that is lost or done twice shows."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "window"))
os.environ["KEYFOB_BIN"] = os.environ.get("KEYFOB_APP", str(ROOT / "target" / "debug"))

from desktop import Desktop  # noqa: E402

SAVES = int(os.environ.get("KEYFOB_SAVES", "1000"))
FOB = Path(os.environ.get("KEYFOB_FOB", ROOT / "target" / "release")) / "fob"
URI = "otpauth://hotp/Counter:x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&digits=10"

#: Clicks on "Next code" and waits for what the window says of it, each time. (The code itself may be gone from the screen
#: at once, because another program has counted on.)
CLICKS = """
const [times, done] = [arguments[0], arguments[1]];
(async () => {
  const said = [];
  for (let n = 0; n < times; n += 1) {
    const before = document.querySelector("[data-toast]");
    // While the account is not proved, the guide has the button.
    [...document.querySelectorAll(".details button")].find((button) => button.textContent.trim() === "Next code").click();
    const end = Date.now() + 60000;
    let toast = before;
    while (toast === before || toast === null) {
      if (Date.now() > end) return done([...said, "nothing was said"]);
      await new Promise((later) => setTimeout(later, 1));
      toast = document.querySelector("[data-toast]");
    }
    said.push(toast.innerText);
  }
  done(said);
})().catch((error) => done([String(error)]));
"""


def test_eight_programs_save_a_thousand_times_each(tmp_path):
    with Desktop() as desktop:
        identity = tmp_path / "identity.txt"
        subprocess.run(["age-keygen", "-o", identity], check=True, capture_output=True)
        vault = tmp_path / "vault"
        command = [FOB, "--vault", vault, "--identity", identity]
        subprocess.run([*command, "add", URI], env=desktop.env, check=True, capture_output=True)
        shown = {n: [] for n in range(7)}
        failed = []

        def count_on(number: int):
            for _ in range(SAVES):
                done = subprocess.run([*command, "--json", "code", "Counter", "--advance"], env=desktop.env, capture_output=True, check=False)
                if done.returncode != 0:
                    failed.append(done.stderr)
                    continue
                shown[number].append(re.search(rb'"code":"(\d+)"', done.stdout)[1].decode())

        with desktop.open_window("--vault", vault, "--identity", identity) as window:
            window.driver.set_script_timeout(1800)
            window.one("[role=option]", 60)
            window.button("Next code")
            threads = [threading.Thread(target=count_on, args=(n,)) for n in range(7)]
            [t.start() for t in threads]
            said = window.driver.execute_async_script(CLICKS, SAVES)
            [t.join() for t in threads]
        assert not failed, (len(failed), failed[:3])
        assert all(len(codes) == SAVES for codes in shown.values()), {n: len(c) for n, c in shown.items()}
        assert len(said) == SAVES and all("Copied" in text for text in said), (len(said), [text for text in said if "Copied" not in text][:3])
        all_codes = [code for codes in shown.values() for code in codes]
        opened = subprocess.run(["age", "-d", "-i", identity, vault / "vault.age"], check=True, capture_output=True, text=True).stdout
        counter = int(re.search(r'"counter":"(\d+)"', opened)[1])
        assert counter == 8 * SAVES
        # Each code was shown to one program only. (Ten digits: chance makes two of 7,000 the same once in 80 runs.)
        assert len(set(all_codes)) >= len(all_codes) - 2
        assert not [p for p in vault.iterdir() if p.name.startswith(".")]
        print(f"\n7 fob and the window, {SAVES} saves each: the counter stands at {counter}; {len(set(all_codes))} different codes of fob's {len(all_codes)}")
