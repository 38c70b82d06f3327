"""A folder in user space (FUSE) with the faults of file systems that people have: `odd_folder.py MOUNTPOINT BACKING QUIRKS`.

QUIRKS is a JSON file, read at each operation, so that a test can change it while programs run:
`link` and `sync_folder`: the name of the error that a hard link, and a sync of a folder, answer;
`room`: bytes that all files may have together; `stall`: [operation, part of a name] that waits until it is taken out.
"""

import errno
import json
import os
import sys
import threading
import time
from pathlib import Path

import fusepy


class Odd(fusepy.Operations):
    def __init__(self, backing: str, quirks: str):
        self.backing, self.quirks = Path(backing), Path(quirks)
        self.writing = threading.Lock()

    def real(self, path: str) -> str:
        return str(self.backing / path.lstrip("/"))

    def quirk(self, name: str):
        return json.loads(self.quirks.read_text()).get(name)

    def refuse(self, name: str):
        refused = self.quirk(name)
        if refused:
            raise fusepy.FuseOSError(getattr(errno, refused))

    def stall(self, operation: str, path: str):
        while (stalls := self.quirk("stall")) and stalls[0] == operation and stalls[1] in path:
            time.sleep(0.02)

    def getattr(self, path, fh=None):
        stat = os.lstat(self.real(path))
        return {name: getattr(stat, name) for name in ("st_atime", "st_ctime", "st_gid", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid")}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.real(path))]

    def open(self, path, flags):
        return os.open(self.real(path), flags)

    def create(self, path, mode, fi=None):
        return os.open(self.real(path), os.O_RDWR | os.O_CREAT, mode)

    def read(self, path, size, offset, fh):
        self.stall("read", path)
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        self.stall("write", path)
        room = self.quirk("room")
        with self.writing:
            if room is not None:
                used = sum(file.stat().st_size for file in self.backing.rglob("*") if file.is_file())
                grows = max(0, offset + len(data) - os.fstat(fh).st_size)
                fits = len(data) - max(0, grows - max(0, room - used))
                if fits <= 0:
                    raise fusepy.FuseOSError(errno.ENOSPC)
                data = data[:fits]
            return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self.real(path), length)

    def release(self, path, fh):
        os.close(fh)

    def fsync(self, path, datasync, fh):
        self.stall("fsync", path)
        os.fsync(fh)

    def fsyncdir(self, path, datasync, fh):
        self.refuse("sync_folder")

    def link(self, target, source):
        self.refuse("link")
        os.link(self.real(source), self.real(target))

    def rename(self, old, new):
        self.stall("rename", old)
        os.rename(self.real(old), self.real(new))

    def unlink(self, path):
        os.unlink(self.real(path))

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def chmod(self, path, mode):
        os.chmod(self.real(path), mode)

    def utimens(self, path, times=None):
        os.utime(self.real(path), times)

    def statfs(self, path):
        known = os.statvfs(self.backing)
        return {name: getattr(known, name) for name in ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_files", "f_ffree", "f_namemax")}


if __name__ == "__main__":
    mountpoint, backing, quirks = sys.argv[1:]
    fusepy.FUSE(Odd(backing, quirks), mountpoint, foreground=True, nothreads=False)
