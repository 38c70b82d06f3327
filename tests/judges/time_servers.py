"""Hosts that tell the time, each in a mood: SNTP (RFC 5905 §7.3) and HTTPS, on 127.0.0.1, by this process's clock."""

from __future__ import annotations

import datetime
import email.utils
import os
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SECONDS_1900_TO_1970 = 2_208_988_800
# As long as a host is silent: longer than anybody waits.
HANGS = 30
DAY = datetime.timedelta(days=1)


class Host:
    """One that answers on a port of its own until the test is over."""

    kind: int

    def __init__(self):
        self.asked = []
        self.over = threading.Event()
        self.socket = socket.socket(socket.AF_INET, self.kind)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port = self.socket.getsockname()[1]
        self.server = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.server.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        # A socket is closed when nobody waits on it any more.
        self.server.join()
        self.socket.close()

    def serve(self):
        while not self.over.is_set():
            try:
                self.serve_one()
            except TimeoutError:
                pass

    def serve_one(self):
        raise NotImplementedError


class Sntp(Host):
    """Moods: honest, silent, rubbish, empty, echo, broadcast, wrong_originate, forged_first, kiss, unsynchronised, stratum_16,
    no_time. `lies_by` seconds are added to the time."""

    kind = socket.SOCK_DGRAM

    def __init__(self, mood="honest", lies_by=0.0):
        super().__init__()
        self.mood, self.lies_by = mood, lies_by
        self.url = f"sntp://127.0.0.1:{self.port}"

    def serve_one(self):
        question, sender = self.socket.recvfrom(1024)
        self.asked.append(question)
        for answer in self.answers(question):
            self.socket.sendto(answer, sender)

    def answers(self, question: bytes) -> list[bytes]:
        if self.mood == "silent":
            return []
        if self.mood == "rubbish":
            return [os.urandom(48)]
        if self.mood == "empty":
            return [b""]
        if self.mood == "echo":
            return [question]
        number = question[40:48]
        leap, mode, stratum, reference = 0, 4, 2, b"\x7f\x00\x00\x01"
        seconds, fraction = divmod(time.time() + self.lies_by + SECONDS_1900_TO_1970, 1)
        # The era is not told (RFC 5905 §6).
        now = struct.pack(">II", int(seconds) % 2**32, int(fraction * 2**32))
        if self.mood == "broadcast":
            mode = 5
        elif self.mood == "kiss":
            stratum, reference = 0, b"RATE"
        elif self.mood == "unsynchronised":
            leap = 3
        elif self.mood == "stratum_16":
            stratum = 16
        elif self.mood == "no_time":
            now = bytes(8)
        head = struct.pack(">BBbbII4s", leap << 6 | 4 << 3 | mode, stratum, 6, -20, 0, 0, reference)
        right = head + now + number + now + now
        wrong = head + now + bytes(byte ^ 0xFF for byte in number) + now + now
        if self.mood == "wrong_originate":
            return [wrong]
        if self.mood == "forged_first":
            return [wrong, b"rubbish", right]
        return [right]


class Authority:
    """Vouches for hosts: `file` is what whoever trusts it names in SSL_CERT_FILE."""

    def __init__(self, folder: Path, name="Keyfob's tests"):
        folder.mkdir(exist_ok=True)
        self.folder, self.count = folder, 0
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = ec.generate_private_key(ec.SECP256R1())
        always = datetime.datetime(2000, 1, 1), datetime.datetime(2100, 1, 1)
        certificate = self.begin(self.name, self.key, *always).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(certificate.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def begin(self, name, key, since, until):
        begun = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(key.public_key())
        return begun.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)

    def certificate(self, host="localhost", days=(-300, 300)) -> Path:
        """A certificate and its key in one file, good from and to so many days from today."""
        key = ec.generate_private_key(ec.SECP256R1())
        today = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        begun = self.begin(x509.Name([]), key, today + days[0] * DAY, today + days[1] * DAY)
        begun = begun.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=True)
        begun = begun.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        self.count += 1
        path = self.folder / f"host-{self.count}.pem"
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path.write_bytes(begun.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + secret)
        return path


class Https(Host):
    """Moods: honest, not_found, redirects, silent (no handshake), hangs (no answer), drips, plain (no TLS), rubbish, no_date,
    bad_date, two_dates, stored (by a cache, for an hour), endless, closes, closes_after. `lies_by` seconds are added."""

    kind = socket.SOCK_STREAM

    def __init__(self, certificate: Path, mood="honest", lies_by=0.0):
        super().__init__()
        self.mood, self.lies_by = mood, lies_by
        self.url = f"https://localhost:{self.port}"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.socket.listen()

    def serve_one(self):
        connection, _ = self.socket.accept()
        threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection: socket.socket):
        with connection:
            try:
                if self.mood == "closes":
                    return
                if self.mood == "silent":
                    self.over.wait(HANGS)
                elif self.mood == "plain":
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    connection.recv(4096)
                else:
                    with self.context.wrap_socket(connection, server_side=True) as stream:
                        self.answer(stream)
            except OSError:
                # Whoever asked was not content, and hung up.
                pass

    def answer(self, stream: ssl.SSLSocket):
        question = b""
        while not question.endswith(b"\r\n\r\n"):
            more = stream.recv(4096)
            if not more:
                return
            question += more
        self.asked.append(question)
        date = "Date: " + email.utils.formatdate(time.time() + self.lies_by, usegmt=True)
        status, fields = "200 OK", [date]
        if self.mood == "closes_after":
            return
        if self.mood == "hangs":
            self.over.wait(HANGS)
        elif self.mood == "rubbish":
            stream.sendall(os.urandom(1000))
            return
        elif self.mood == "endless":
            stream.sendall(b"HTTP/1.1 200 OK\r\n")
            while not self.over.is_set():
                stream.sendall(b"X-More: of the same\r\n")
        elif self.mood == "drips":
            for byte in b"HTTP/1.1 200 OK\r\nX-More: " + b"." * 10_000:
                stream.sendall(bytes([byte]))
                self.over.wait(0.1)
        elif self.mood == "not_found":
            status = "404 Not Found"
        elif self.mood == "redirects":
            # To a port on which nobody listens: whoever follows finds out.
            status, fields = "301 Moved Permanently", [date, "Location: https://localhost:1/"]
        elif self.mood == "no_date":
            fields = ["Server: none"]
        elif self.mood == "bad_date":
            fields = ["Date: yesterday, at tea time"]
        elif self.mood == "two_dates":
            fields = [date, "Date: " + email.utils.formatdate(0, usegmt=True)]
        elif self.mood == "stored":
            fields = [date, "Age: 3600"]
        stream.sendall("\r\n".join([f"HTTP/1.1 {status}", *fields, "Connection: close", "", ""]).encode())
