"""The vault file cut at every length, and with every bit flipped: noticed each time, overwritten never, and a snapshot
is offered."""

import concurrent.futures
import json
import os
import time

from saves import World, uri

#: Every damage, or every so manieth where time is short.
EVERY = int(os.environ.get("KEYFOB_EVERY", "1"))


def test_every_cut_and_every_flipped_bit_is_noticed(tmp_path):
    world = World(tmp_path)
    # Two keys, so that the part of the other one is damaged too.
    world.fob(world.original, "recovery-key", "new", "--yes", check=True)
    whole = (world.original / "vault" / "vault.age").read_bytes()
    cuts = [whole[:n] for n in range(len(whole))]

    def flipped(bit):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << (bit % 8)
        return bytes(damaged)

    damages = [*cuts, *(flipped(bit) for bit in range(len(whole) * 8))][::EVERY]
    longest = []

    def try_one(worker: int):
        place = world.copy(f"d{worker}")
        path = place / "vault" / "vault.age"
        for number in range(worker, len(damages), 2):
            path.write_bytes(damages[number])
            done = world.fob(place, "--json", "list")
            assert done.returncode in (3, 5), (number, done.stdout)
            code = json.loads(done.stderr)["error"]["code"]
            assert code == "vault_damaged", (number, code)
            if number % 16 == worker:
                add = world.fob(place, "--json", "add", uri("during"))
                assert json.loads(add.stderr)["error"]["code"] == "vault_damaged", number
                started = time.monotonic()
                offer = world.fob(place, "restore", "--damaged")
                longest.append(time.monotonic() - started)
                assert b"The newest that opens" in offer.stderr and b"accounts" in offer.stderr, number
            assert path.read_bytes() == damages[number], number
        # And the offer is good.
        assert world.fob(place, "restore", "--damaged", "--yes").returncode == 0
        assert len(world.opened(place)["accounts"]) == 2

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(try_one, range(2)))
    print(f"\n{len(cuts)} cuts and {len(whole) * 8} flipped bits (tried: {len(damages)}): all noticed, none overwritten; "
          f"a snapshot was offered {len(longest)} times, after at most {max(longest) * 1000:.0f} ms")
