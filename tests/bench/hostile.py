"""Has `fob scan` read pictures that were broken at random: bytes changed, cut, doubled and mixed, of each format; and noise. Says
how long that took, how much memory at most, and what was answered. Whatever ends `fob`, or is not answered, is a failure.

usage: hostile.py FOB FIXTURES COUNT SEED
"""

import collections
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# So many in a folder at once.
BATCH = 5_000
# Pictures that a child died of.
KEPT = Path(__file__).resolve().parents[2] / "target" / "hostile"
# A larger one would only make the disk slow.
LONGEST = 100_000


def broken(chance: random.Random, good: bytes, other: bytes) -> bytes:
    data = bytearray(good)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 2, 4, 16, 256))
        match chance.randrange(6):
            case 0:
                data[at : at + length] = chance.randbytes(length)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = data[at : at + length] * chance.randint(1, 8)
            case 3:
                data[at : at + length] = bytes([chance.choice((0, 0x7F, 0x80, 0xFF))]) * length
            case 4:
                del data[max(at, 16) :]
            case _:
                data[at : at + length] = other[at : at + length]
    return bytes(data)


def main():
    fob, fixtures, count, seed = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    chance = random.Random(seed)
    kinds = {".png", ".jpg", ".webp", ".gif", ".bmp", ".tiff", ".pdf"}
    files = [path for path in sorted(fixtures.rglob("*")) if path.suffix in kinds or path.parent.parent.name == "seeds"]
    good = [data for data in (path.read_bytes() for path in files) if 0 < len(data) <= LONGEST]
    answers = collections.Counter()
    taken = 0.0
    for first in range(0, count, BATCH):
        with tempfile.TemporaryDirectory(prefix="keyfob-hostile-") as folder:
            wanted = min(BATCH, count - first)
            for n in range(wanted):
                one = broken(chance, chance.choice(good), chance.choice(good)) if n % 10 else chance.randbytes(chance.randint(0, 4096))
                (Path(folder) / f"{n:06}").write_bytes(one)
            started = time.perf_counter()
            done = subprocess.run([fob, "--json", "scan", folder], capture_output=True, check=False)
            took = time.perf_counter() - started
            if b"panicked" in done.stderr or done.returncode not in (0, 5):
                sys.exit(f"fob exited {done.returncode}: {done.stderr[-2000:].decode(errors='replace')}")
            rows = json.loads(done.stdout)
            if len(rows) != wanted:
                sys.exit(f"{wanted} pictures, {len(rows)} answers")
            for row in rows:
                code = row["error"]["code"] if row.get("error") else "read"
                answers[code] += 1
                if code == "picture_unreadable":
                    # It cost a child its life: a decoder panicked, or took too long or too much.
                    kept = KEPT / f"seed-{seed}-{first}-{Path(row['file']).name}"
                    KEPT.mkdir(parents=True, exist_ok=True)
                    shutil.copy(row["file"], kept)
                    print(f"   unreadable: {kept}", flush=True)
            taken += took
            print(f"   {first + wanted} of {count}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"   {count} pictures of seed {seed} in {taken:.0f} s; a process of fob had {peak:.0f} MiB at most")
    for name, number in answers.most_common():
        print(f"   {number:>8}  {name}")


main()
