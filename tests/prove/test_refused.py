"""The system refuses each system call of a save: no room, a broken disk, a quota, a disk that is read-only."""

import collections
import concurrent.futures
import json
import os

from saves import World, pairs, uri

ERRORS = ["ENOSPC", "EIO", "EDQUOT", "EROFS"]
#: Every refusal, or fewer where time is short.
EVERY = int(os.environ.get("KEYFOB_EVERY", "1"))
#: Calls that reach the file system.
FILES = {
    "openat", "open", "read", "pread64", "write", "pwrite64", "writev", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat", "getdents64", "statx", "newfstatat", "fstat", "stat", "lseek",
    "flock", "fcntl", "close", "ftruncate", "readlink", "readlinkat", "copy_file_range",
}


def test_every_refusal_leaves_the_vault_whole_and_says_so_plainly(tmp_path):
    world = World(tmp_path)
    found = [(name, n) for name, n in pairs(world, "add", uri("during"), only_after_start=True) if name in FILES]
    before = [a["id"] for a in world.opened(world.original)["accounts"]]
    told = collections.Counter()

    def refuse(job):
        number, ((name, nth), error) = job
        place = world.copy(f"r{number}")
        vault = (place / "vault" / "vault.age").read_bytes()
        wrap = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={nth}"]
        done = world.fob(place, "--json", "add", uri("during"), wrap=wrap)
        ids = [a["id"] for a in world.opened(place)["accounts"]]
        where = (name, nth, error, done.stderr)
        assert ids[: len(before)] == before, where
        if done.returncode == 0:
            assert len(ids) == len(before) + 1, where
            told["saved all the same"] += 1
        else:
            assert b"panicked" not in done.stderr, where
            failure = json.loads(done.stderr.strip().splitlines()[-1])["error"]
            assert failure["message"] and failure["remedy"].endswith("."), where
            if (place / "vault" / "vault.age").read_bytes() == vault:
                told[f"old vault, said {failure['code']}"] += 1
            else:
                # The new file was in place already, whole, when the folder could not be synced or the answer not given.
                assert len(ids) == len(before) + 1, where
                told[f"new vault, said {failure['code']}"] += 1
        assert world.fob(place, "list").returncode == 0, where
        assert not [p for p in (place / "vault").iterdir() if p.name.startswith(".")], where

    jobs = list(enumerate([(pair, error) for pair in found for error in ERRORS][:: max(1, EVERY // 4)]))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(refuse, jobs))
    print(f"\n{len(jobs)} refusals ({len(found)} calls x {len(ERRORS)} errors): " + ", ".join(f"{n} {what}" for what, n in told.most_common()))
    assert len(jobs) > 150
