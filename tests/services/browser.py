"""A small browser: it follows links, fills forms, shows pictures, and copies a page's text as a person's Ctrl+A, Ctrl+C does."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode, urljoin

import pictures

LINES = {"p", "div", "h1", "h2", "h3", "li", "ul", "ol", "table", "tr", "pre", "header", "main", "nav", "form", "details", "summary", "body"}


@dataclass
class Form:
    """Where it goes, and its fields."""

    action: str
    fields: list[str] = field(default_factory=list)


@dataclass
class Seen:
    """What can be pressed (a link's address or a form), what is a heading, the pictures, and the text."""

    presses: list[tuple[str, str | Form]] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    text: str = ""


class Reader(HTMLParser):
    """Reads one page."""

    def __init__(self, html: str):
        super().__init__()
        self.seen = Seen()
        self._form: Form | None = None
        self._inside: list[tuple[str, str]] = []
        self._lists: list[int | None] = []
        self._words = ""
        self.feed(html)
        lines = (line.rstrip() for line in self.seen.text.splitlines())
        self.seen.text = "\n".join(line for line in lines if line.strip())

    def handle_starttag(self, tag, attrs):
        has = dict(attrs)
        if tag in LINES:
            self.seen.text += "\n"
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li" and self._lists and self._lists[-1] is not None:
            self._lists[-1] += 1
            self.seen.text += f"  {self._lists[-1]}. "
        elif tag == "td" and not self.seen.text.endswith("\n"):
            self.seen.text += "\t"
        elif tag == "form":
            self._form = Form(has["action"])
        elif tag == "input" and self._form:
            self._form.fields.append(has["name"])
        elif tag == "img":
            self.seen.images.append(has["src"])
        if tag in ("a", "button", "h1", "h2", "h3", "summary", "title"):
            self._inside.append((tag, has.get("href", has.get("type", ""))))
            self._words = ""

    def handle_endtag(self, tag):
        if tag in LINES:
            self.seen.text += "\n"
        if tag in ("ul", "ol"):
            self._lists.pop()
        if self._inside and self._inside[-1][0] == tag:
            _, more = self._inside.pop()
            words = self._words.strip()
            if tag == "a":
                self.seen.presses.append((words, more))
            elif tag == "button" and more != "button":
                self.seen.presses.append((words, self._form))
            elif tag != "title":
                self.seen.headings.append(words)
        if tag == "form":
            self._form = None

    def handle_data(self, data):
        self._words += data
        if not (self._inside and self._inside[-1][0] == "title"):
            self.seen.text += data


class Browser:
    """One person's browser at one service."""

    def __init__(self, url: str):
        self.url = url
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.seen = Seen()
        self.status = 0

    def open(self, path: str) -> "Browser":
        return self._go(urllib.request.Request(urljoin(self.url, path)))

    def press(self, text: str, **fields: str) -> "Browser":
        """Presses the link or button with exactly this text, its form filled in. A heading of this text is where one is already."""
        target = next((target for words, target in self.seen.presses if words == text), None)
        if isinstance(target, str):
            return self.open(target)
        if target is not None:
            return self.submit(target, **fields)
        assert text in self.seen.headings and not fields, f"the page has no {text!r}: {[words for words, _ in self.seen.presses]}, {self.seen.headings}"
        return self

    def has(self, text: str) -> bool:
        return text in self.seen.headings or any(words == text for words, _ in self.seen.presses)

    def walk(self, clicks: list[str], **answers: str) -> "Browser":
        """Presses one after the other, fills in what is asked for, and sends the form that is left over at the end."""
        for text in clicks:
            self.press(text, **{name: answers[name] for name in self._fields(text) if name in answers})
        left = [target for _, target in self.seen.presses if isinstance(target, Form) and target.fields]
        if len(left) == 1 and set(left[0].fields) <= set(answers) and not self.refused():
            self.submit(left[0], **{name: answers[name] for name in left[0].fields})
        return self

    def submit(self, form: Form | None = None, **fields: str) -> "Browser":
        """Sends a form: the only one that has fields, where none is named."""
        form = form or self.form()
        assert set(fields) <= set(form.fields), (fields, form)
        return self._go(urllib.request.Request(urljoin(self.url, form.action), data=urlencode(fields).encode(), method="POST"))

    def _fields(self, text: str) -> list[str]:
        return next((target.fields for words, target in self.seen.presses if words == text and isinstance(target, Form)), [])

    def form(self) -> Form:
        forms = [target for _, target in self.seen.presses if isinstance(target, Form) and target.fields]
        assert len(forms) == 1, forms
        return forms[0]

    def api(self, method: str, path: str, **body: str) -> tuple[int, str]:
        """Asks a JSON interface; the page stays."""
        request = urllib.request.Request(urljoin(self.url, path), data=json.dumps(body).encode() if body else None, method=method, headers={"Content-Type": "application/json"})
        try:
            with self._opener.open(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def download(self, path: str, into: Path) -> Path:
        with self._opener.open(urljoin(self.url, path)) as answer:
            into.write_bytes(answer.read())
        return into

    def copy(self) -> str:
        """The text of the page."""
        return self.seen.text

    def refused(self) -> bool:
        return self.status == 422

    def qr(self) -> bytes:
        """The one picture on the page."""
        (source,) = self.seen.images
        return base64.b64decode(source.split(",", 1)[1])

    def screenshot(self, path: Path) -> Path:
        return pictures.of_page(self.copy().splitlines(), self.qr() if self.seen.images else None, path)

    def _go(self, request) -> "Browser":
        try:
            with self._opener.open(request) as answer:
                self.status, html = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            self.status, html = error.code, error.read().decode()
        assert self.status in (200, 422), (self.status, request.full_url)
        self.seen = Reader(html).seen
        return self
