"""Screenshots, drawn: a page with its QR code in a browser's window, and a QR code of blocks in a terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

SANS = "DejaVuSans.ttf"
MONO = "DejaVuSansMono.ttf"


def of_page(lines: list[str], qr: bytes | None, path: Path) -> Path:
    """A page as a screenshot of it looks."""
    picture = Image.new("RGB", (1280, 800), "#f2f4f7")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 1280, 56), fill="#0d6b6b")
    draw.text((32, 16), lines[0] if lines else "", fill="white", font=ImageFont.truetype(SANS, 20))
    draw.rectangle((200, 90, 1080, 770), fill="white", outline="#d5d9df")
    for n, line in enumerate(lines[1:20]):
        draw.text((240, 110 + 28 * n), line, fill="#222222", font=ImageFont.truetype(SANS, 18))
    if qr:
        code = Image.open(io.BytesIO(qr)).convert("RGBA").convert("RGB")
        picture.paste(code, (1040 - code.width, 120))
    picture.save(path)
    return path


CELL = (10, 20)
BACKGROUND, LIGHT, DARK, TEXT = "#1e1e1e", "#e5e5e5", "#000000", "#cccccc"
ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def of_terminal(text: str, path: Path) -> Path:
    """What a dark terminal shows for `text`: colours 30, 47, 7 and 27, half blocks drawn to the cell as terminals do."""
    lines = text.replace("\r", "").split("\n")
    width = max(len(ESCAPE.sub("", line)) for line in lines) + 2
    picture = Image.new("RGB", (width * CELL[0], (len(lines) + 1) * CELL[1]), BACKGROUND)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.truetype(MONO, 15)
    ink, paper, reverse = TEXT, BACKGROUND, False
    for row, line in enumerate(lines):
        column = 0
        for n, part in enumerate(ESCAPE.split(line)):
            if n % 2:
                for number in part.split(";"):
                    if number in ("", "0"):
                        ink, paper, reverse = TEXT, BACKGROUND, False
                    ink = DARK if number == "30" else ink
                    paper = LIGHT if number == "47" else paper
                    reverse = {"7": True, "27": False}.get(number, reverse)
                continue
            for letter in part:
                _cell(draw, font, column, row, letter, *((paper, ink) if reverse else (ink, paper)))
                column += 1
    picture.save(path)
    return path


def _cell(draw, font, column: int, row: int, letter: str, ink: str, paper: str):
    left, top = column * CELL[0], row * CELL[1]
    right, bottom, middle = left + CELL[0] - 1, top + CELL[1] - 1, top + CELL[1] // 2
    draw.rectangle((left, top, right, bottom), fill=ink if letter == "█" else paper)
    if letter == "▀":
        draw.rectangle((left, top, right, middle - 1), fill=ink)
    elif letter == "▄":
        draw.rectangle((left, middle, right, bottom), fill=ink)
    elif letter not in " █":
        draw.text((left, top), letter, fill=ink, font=font)
