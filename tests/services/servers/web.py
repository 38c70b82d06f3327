"""Pages, forms and one cookie: what the servers need of the web, and no more."""

from __future__ import annotations

import base64
import json
import secrets
import subprocess
import threading
from dataclasses import dataclass, field
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

from .rules import Refused


@dataclass
class Answer:
    """What goes back to the browser."""

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Asked:
    """What came from the browser."""

    form: dict[str, str]
    session: dict


def get(path: str):
    return _route("GET", path)


def post(path: str):
    return _route("POST", path)


def delete(path: str):
    return _route("DELETE", path)


def _route(method: str, path: str):
    def mark(function):
        function.route = (method, path)
        return function

    return mark


def go(path: str) -> Answer:
    return Answer(status=303, headers={"Location": path})


def download(name: str, text: str) -> Answer:
    return Answer(text.encode(), "text/plain; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def as_json(value, status=200) -> Answer:
    return Answer(json.dumps(value).encode() if value is not None else b"", "application/json", status)


def form(action: str, button: str, *fields: str) -> str:
    return f'<form method="post" action="{action}">{"".join(fields)}<button>{escape(button)}</button></form>'


def field_for(name: str, label: str, kind="text") -> str:
    return f'<p><label>{escape(label)} <input name="{name}" type="{kind}" autocomplete="off"></label></p>'


def link(path: str, text: str) -> str:
    return f'<a href="{path}">{escape(text)}</a>'


def say(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def qr_png(text: str) -> bytes:
    """A QR code as a picture, made by qrencode."""
    return subprocess.run(["qrencode", "-t", "PNG", "-s", "6", "-m", "4", "-l", "M", "-o", "-"], input=text.encode(), capture_output=True, check=True).stdout


def qr(text: str) -> str:
    return f'<p><img alt="QR code" src="data:image/png;base64,{base64.b64encode(qr_png(text)).decode()}"></p>'


class Pages:
    """The pages of one service, served on this machine while the `with` lasts."""

    menu: tuple[tuple[str, str], ...] = ()

    def __init__(self, service):
        self.service = service
        members = (getattr(self, name) for name in dir(type(self)) if callable(getattr(type(self), name)))
        self._routes = {member.route: member for member in members if hasattr(member, "route")}
        self._sessions: dict[str, dict] = {}

    def page(self, title: str, *parts: str, menu=True) -> Answer:
        links = "".join(f"<li>{link(path, text)}</li>" for text, path in self.menu) if menu else ""
        head = f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{escape(title)} – {self.service.name}</title></head>"
        return Answer(f"{head}<body><header><strong>{self.service.name}</strong><ul>{links}</ul></header><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>".encode())

    def refused(self, why: str) -> Answer:
        answer = self.page("That did not work", f'<p role="alert">{escape(why)}</p>', menu=False)
        answer.status = 422
        return answer

    def answer(self, method: str, path: str, body: dict[str, str], session: dict) -> Answer:
        route = self._routes.get((method, path))
        if route is None:
            return Answer(b"not here", "text/plain", 404)
        try:
            return route(Asked(body, session))
        except Refused as why:
            return self.refused(str(why))

    def __enter__(self) -> "Pages":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def session(self, cookie: str) -> tuple[str, dict]:
        token = cookie if cookie in self._sessions else secrets.token_hex(16)
        return token, self._sessions.setdefault(token, {})


def _handler(pages: Pages):
    class Handler(BaseHTTPRequestHandler):
        def _do(self):
            cookie = SimpleCookie(self.headers.get("Cookie", "")).get("session")
            token, session = pages.session(cookie.value if cookie else "")
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            fields = json.loads(body or "{}") if "json" in self.headers.get("Content-Type", "") else dict(parse_qsl(body))
            answer = pages.answer(self.command, self.path, fields, session)
            self.send_response(answer.status)
            headers = {"Content-Type": answer.kind, "Content-Length": len(answer.body), "Set-Cookie": f"session={token}; HttpOnly; SameSite=Strict", "Cache-Control": "no-store"}
            for name, value in {**headers, **answer.headers}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_DELETE = _do

        def log_message(self, *_):
            """Quiet: what is asked holds codes."""

    return Handler
