"""1,000 random accounts: `fob code --at` beside pyotp (all) and oathtool (6 to 8 digits)."""

import base64
import hashlib
import random
import subprocess

import pyotp

ALGORITHMS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}
ACCOUNTS = 1000
MOMENTS = 10


def random_account(random):
    key = random.randbytes(random.choice([10, 16, 20, 32, 64, random.randint(1, 128)]))
    return {
        "key": base64.b32encode(key).decode().rstrip("="),
        "hex": key.hex(),
        "algorithm": random.choice(list(ALGORITHMS)),
        "digits": random.randint(5, 10),
        "period": random.choice([30, 30, 60, 1, 10, 15, 45, 300, 86400, random.randint(1, 10**6)]),
    }


def by_pyotp(account, at):
    # pyotp counts from a date; its own hotp part takes any step.
    digest = ALGORITHMS[account["algorithm"]]
    padded = account["key"] + "=" * (-len(account["key"]) % 8)
    return pyotp.HOTP(padded, digits=account["digits"], digest=digest).at(at // account["period"])


def by_oathtool(account, at):
    command = ["oathtool", f"--totp={account['algorithm']}", f"--digits={account['digits']}", f"--time-step-size={account['period']}s", f"--now=@{at}", account["hex"]]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_a_thousand_random_accounts_agree_with_pyotp_and_oathtool(fob):
    chance = random.Random(20261122)
    accounts = [random_account(chance) for _ in range(ACCOUNTS)]
    lines = [f"otpauth://totp/T{n}:x?issuer=T{n}&secret={a['key']}&algorithm={a['algorithm']}&digits={a['digits']}&period={a['period']}" for n, a in enumerate(accounts)]
    added = fob.json("add", "-", stdin="\n".join(lines).encode())
    assert len(added["added"]) == ACCOUNTS and not added["rejected"]

    moments = [0, 59, 2**31 - 1, 2**31, 2**32, 2**40] + [chance.randint(0, 2**40) for _ in range(MOMENTS - 6)]
    judged = {"pyotp": 0, "oathtool": 0}
    for turn, at in enumerate(moments):
        codes = {row["issuer"]: row["code"] for row in fob.json("code", "--at", at)}
        assert len(codes) == ACCOUNTS
        for n, account in enumerate(accounts):
            assert codes[f"T{n}"] == by_pyotp(account, at), (account, at)
            judged["pyotp"] += 1
            # oathtool is a process a code: each account meets it at two moments.
            if account["digits"] in (6, 7, 8) and n % MOMENTS in (turn, (turn + 5) % MOMENTS):
                assert codes[f"T{n}"] == by_oathtool(account, at), (account, at)
                judged["oathtool"] += 1
    print(judged)
    assert judged["pyotp"] == ACCOUNTS * MOMENTS and judged["oathtool"] > 900


def test_hotp_counters_go_up_and_reach_the_end_of_64_bits(fob):
    fob.ok("add", "otpauth://hotp/H:x?issuer=H&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
    judge = pyotp.HOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    for counter in range(10):
        assert fob.json("code", "H", "--advance")[0]["code"] == judge.at(counter)
    last = 2**64 - 1
    fob.ok("add", f"otpauth://hotp/L:x?issuer=Last&secret=JBSWY3DPEHPK3PXP&counter={last - 1}")
    assert fob.json("code", "Last", "--advance")[0]["code"] == pyotp.HOTP("JBSWY3DPEHPK3PXP").at(last - 1)
    assert fob.error("code", "Last", "--advance") == (1, "counter_exhausted")


def test_hotp_without_advance_shows_no_code(fob):
    fob.ok("add", "otpauth://hotp/H:x?issuer=H&secret=JBSWY3DPEHPK3PXP")
    assert fob.json("code")[0]["code"] is None
