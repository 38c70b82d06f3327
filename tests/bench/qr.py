"""Reads one set of pictures with Keyfob, zxing-cpp, zxing-cpp with pre-processing, and zbarimg, and compares them: how many
codes in each category, what was read that is not there, and the time per picture (decoding the file included), by size.

usage: qr.py SET READER     (SET as gen_screens.py makes it; READER the example `read_pictures` of keyfob-core)
"""

import collections
import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy
import zxingcpp

PLAIN = dict(formats=zxingcpp.BarcodeFormat.QRCode, try_rotate=True, try_downscale=True, try_invert=True)


def zxing(grey):
    return {code.text for code in zxingcpp.read_barcodes(grey, **PLAIN) if code.valid}


def grey_of(file):
    """Grey, on white where the picture is transparent."""
    picture = cv2.imread(file, cv2.IMREAD_UNCHANGED)
    if picture.ndim == 3 and picture.shape[2] == 4:
        alpha = picture[..., 3:].astype(numpy.float32) / 255
        picture = (picture[..., :3] * alpha + 255 * (1 - alpha)).astype(numpy.uint8)
    return picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)


def plain(file):
    return zxing(grey_of(file))


def prepared(file):
    """Other scales and levels, where nothing was found as it is."""
    grey = grey_of(file)
    found = zxing(grey)
    half = lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    double = lambda picture: cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    levels = lambda picture: cv2.createCLAHE(4.0, (8, 8)).apply(picture)
    around = lambda picture: cv2.adaptiveThreshold(picture, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 49, 2)
    for change in (levels, half, double, around):
        if found:
            break
        # Twice as large is for small pictures, as with every other reader.
        if change is double and grey.size > 2_100_000:
            continue
        found |= zxing(change(grey))
    return found


def zbar(file):
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file], capture_output=True, check=False)
    return {line for line in done.stdout.decode(errors="replace").splitlines() if line}


def keyfob(reader, files):
    done = subprocess.run([reader], input="\n".join(files), capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return [(set(row["texts"]), row["ms"]) for row in rows]


def measured(read, files):
    rows = []
    for file in files:
        started = time.perf_counter()
        found = read(file)
        rows.append((found, (time.perf_counter() - started) * 1000))
    return rows


def main():
    folder, reader = Path(sys.argv[1]), sys.argv[2]
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]
    files = [str(folder / row["file"]) for row in rows]
    read = {
        "keyfob": keyfob(reader, files),
        "zxing-cpp": measured(plain, files),
        "zxing-cpp, prepared": measured(prepared, files),
        "zbarimg": measured(zbar, files),
    }
    total = collections.Counter()
    counts = collections.defaultdict(collections.Counter)
    false = collections.Counter()
    for n, row in enumerate(rows):
        truth = {code["text"] for code in row["codes"]}
        total[row["category"]] += len(truth)
        for name, found in read.items():
            counts[row["category"]][name] += len(truth & found[n][0])
            # zbarimg prints line by line: a text of several lines is not one that is not there.
            wrong = {text for text in found[n][0] - truth if not any(text in t for t in truth)}
            false[name] += len(wrong)
    names = list(read)
    print(f"{'':16}{'codes':>6}" + "".join(f"{name:>22}" for name in names))
    behind = []
    for category in sorted(total):
        of = total[category]
        print(f"{category:16}{of:>6}" + "".join(f"{counts[category][name]:>13} {100 * counts[category][name] / of if of else 100:>6.1f} %" for name in names))
        if counts[category]["keyfob"] < counts[category]["zxing-cpp, prepared"]:
            behind.append(category)
    of = sum(total.values())
    sums = {name: sum(c[name] for c in counts.values()) for name in names}
    print(f"{'all':16}{of:>6}" + "".join(f"{sums[name]:>13} {100 * sums[name] / of:>6.2f} %" for name in names))
    print(f"{'false':16}{'':>6}" + "".join(f"{false[name]:>22}" for name in names))
    print(f"behind zxing-cpp, prepared, in: {', '.join(behind) or 'no category'}")
    for what, fits in (("1080p", lambda r: r["w"] * r["h"] <= 1920 * 1440), ("4K", lambda r: r["w"] * r["h"] > 8_000_000)):
        print(f"ms per picture, up to {what}" if what == "1080p" else f"ms per picture, {what}")
        chosen = [n for n, row in enumerate(rows) if fits(row)]
        for name in names:
            times = numpy.array([read[name][n][1] for n in chosen])
            print(f"  {name:22} median {numpy.median(times):8.1f}  p95 {numpy.percentile(times, 95):8.1f}  most {times.max():8.1f}   ({len(chosen)} pictures)")


main()
