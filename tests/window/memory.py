"""Looking for keys in the memory of a process, in every form that they could stand there."""

import base64
import os
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
EMPTY = bytes(PAGE)


def forms(base32: str) -> dict[str, bytes]:
    """How a key could stand somewhere. Parts are long enough not to occur by chance. Memory that was given back loses
    its first bytes, so the second half of each form counts as the form."""
    raw = base64.b32decode(base32 + "=" * (-len(base32) % 8))
    texts = {
        "Base32": base32.encode(),
        "Base32, lower case": base32.lower().encode(),
        "hex": raw.hex().encode(),
        "hex, upper case": raw.hex().upper().encode(),
        "Base64": base64.b64encode(raw).rstrip(b"="),
        "raw": raw,
    }
    wide = {f"{name}, UTF-16": text.decode().encode("utf-16-le") for name, text in texts.items() if name != "raw"}
    return {name: text[-max(10, len(text) // 2):] for name, text in (texts | wide).items()}


def found_in(data: bytes, keys) -> list[tuple[str, str]]:
    return [(key[:4] + "…", name) for key in keys for name, form in forms(key).items() if form in data]


def memory_of(pid: int) -> bytes:
    """All that a process has written to memory: the pages that are there, of what it may write to."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory, open(f"/proc/{pid}/pagemap", "rb", 0) as pagemap:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(n, 16) for n in span.split("-"))
            if not rights.startswith("rw"):
                continue
            # 8 bytes a page, the top two bits of which say that it is in memory or in swap.
            for first in range(start, end, PAGE * 4096):
                count = min(4096, (end - first) // PAGE)
                pagemap.seek(first // PAGE * 8)
                there = [flags >> 62 for flags in memoryview(pagemap.read(count * 8)).cast("Q")]
                if not any(there):
                    continue
                try:
                    memory.seek(first)
                    data = memory.read(count * PAGE)
                except OSError:
                    continue
                # Most pages are empty; they are not looked through again for each key.
                parts.append(b"".join(page for page in (data[n : n + PAGE] for n in range(0, len(data), PAGE)) if page != EMPTY))
    return b"\0".join(parts)


def processes(name: str, desktop) -> list[int]:
    """Processes of this desktop, by name: they share its display."""
    display = f"DISPLAY={desktop.env['DISPLAY']}\0".encode()
    pids = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and name in (entry / "cmdline").read_bytes().decode(errors="replace") and display in (entry / "environ").read_bytes() + b"\0":
                pids.append(int(entry.name))
        except OSError:
            pass
    return pids
