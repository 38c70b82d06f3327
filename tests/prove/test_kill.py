"""kill -9 at every system call of a save: 10,000 kills, over every (name, n) pair of three kinds of save."""

import concurrent.futures
import itertools
import os

from saves import World, pairs, uri

KILLS = int(os.environ.get("KEYFOB_KILLS", "10000"))


def test_kill_at_every_system_call(tmp_path):
    world = World(tmp_path)
    new = "during"
    kinds = {
        "add": ("add", uri(new)),
        "delete": ("delete", "before1"),
        "recovery key": ("--json", "--yes", "recovery-key", "new"),
    }
    every = {kind: pairs(world, *arguments) for kind, arguments in kinds.items()}
    # Some calls are made only now and then, so not every run meets its own; the count is of kills.
    runs = KILLS + KILLS // 100
    work = list(itertools.islice(itertools.cycle((kind, pair) for kind, found in every.items() for pair in found), runs))
    before = {a["id"] for a in world.opened(world.original)["accounts"]}

    def kill(number: int, kind: str, name: str, nth: int) -> dict:
        place = world.copy(f"w{number % 2}-{number}")
        wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={nth}"]
        done = world.fob(place, *kinds[kind], wrap=wrap)
        killed = done.returncode != 0
        acknowledged = bool(done.stdout.strip())
        # The next start: it opens, and clears what was left.
        start = world.fob(place, "list")
        assert start.returncode == 0, (kind, name, nth, start.stderr)
        stale = [p.name for p in (place / "vault").iterdir() if p.name.startswith(".")]
        content = world.opened(place)
        accounts = content["accounts"]
        assert before <= {a["id"] for a in accounts}, (kind, name, nth)
        done_after = {
            "add": any(a["names"]["issuer"] == new for a in accounts),
            "delete": any(a.get("deleted", {}).get("at") for a in accounts),
            "recovery key": any(r["kind"] == "recovery_key" for r in content["recipients"]),
        }[kind]
        lost = acknowledged and not done_after
        assert not lost, (kind, name, nth, done.stdout)
        assert not stale, (kind, name, nth, stale)
        for path in sorted(place.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        place.rmdir()
        return {"killed": killed, "acknowledged": acknowledged, "done": done_after}

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda job: kill(job[0], job[1][0], *job[1][1]), enumerate(work)))
    killed = sum(t["killed"] for t in told)
    print(f"\n{len(told)} runs over {sum(map(len, every.values()))} (name, n) pairs, {killed} killed; "
          f"{sum(t['killed'] and t['acknowledged'] for t in told)} of those had been acknowledged, {sum(t['killed'] and t['done'] for t in told)} had been saved: "
          "0 acknowledged changes lost, 0 vaults that do not open, 0 stale temporary files")
    assert killed >= KILLS
