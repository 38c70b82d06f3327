"""`fob clock` beside hosts that tell the time in every mood, and codes while the clock moves: the program's clock is shifted by
libfaketime, the hosts' is not, and oathtool says which code is right."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from fob import BIN
from time_servers import Authority, Https, Sntp

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
HOUR = 3600
YEARS_10 = 315_576_000
# A host may take 5 seconds; the rest is for a busy machine. Beyond that it hangs.
PATIENCE = 30

OFFSETS = [(0, "good"), (5, "good"), (-5, "good"), (15, "warn"), (-15, "warn"), (45, "alarm"), (-45, "alarm"), (HOUR, "alarm"), (-HOUR, "alarm"), (YEARS_10, "alarm"), (-YEARS_10, "alarm")]


def faketime_library() -> str:
    """Debian keeps it in a folder named after the architecture."""
    return FAKETIME if Path(FAKETIME).exists() else str(next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")))


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def fob(fob, authority):
    fob.env |= {"SSL_CERT_FILE": str(authority.file)}
    return fob


def shift(fob, seconds: int):
    """This program's clock is so many seconds ahead from now on; clocks that nobody sets are as ever."""
    fob.env |= {"LD_PRELOAD": faketime_library(), "FAKETIME": f"{seconds:+}", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def clock(fob, *hosts) -> dict:
    """What `fob clock` says when these hosts are asked, with how long it took."""
    began = time.monotonic()
    done = fob.run("--json", "clock", *(word for host in hosts for word in ("--online", host.url)))
    took = time.monotonic() - began
    assert b"panicked" not in done.stderr, done.stderr.decode()
    said = json.loads(done.stdout)
    assert done.returncode == (0 if said["verdict"] == "good" else 1), said
    said["took"] = took
    return said


def only_answer(said: dict) -> dict:
    (answer,) = said["online"]["answers"]
    return answer


def error_of(answer: dict):
    return answer["error"] and answer["error"]["code"]


def right(ahead_ms: int, within_ms: int, offset: int) -> bool:
    return abs(ahead_ms - offset * 1000) <= within_ms + 1


@pytest.mark.parametrize("offset, verdict", OFFSETS)
def test_a_clock_that_is_off_is_measured_by_sntp(fob, offset, verdict):
    shift(fob, offset)
    with Sntp() as host:
        said = clock(fob, host)
    answer = only_answer(said)
    assert (answer["way"], answer["error"]) == ("sntp", None)
    assert right(answer["ahead_ms"], answer["within_ms"], offset), answer
    assert answer["within_ms"] < 1000
    assert (said["verdict"], said["ahead_ms"]) == (verdict, answer["ahead_ms"])


@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "XYZ+13"])
def test_the_time_zone_plays_no_part(fob, zone):
    fob.env |= {"TZ": zone}
    with Sntp() as host:
        assert clock(fob, host)["verdict"] == "good"


@pytest.mark.parametrize("offset, verdict", OFFSETS)
def test_a_clock_that_is_off_is_measured_over_https_whatever_that_does_to_certificates(fob, authority, offset, verdict):
    shift(fob, offset)
    with Https(authority.certificate()) as host:
        said = clock(fob, host)
    answer = only_answer(said)
    assert (answer["way"], answer["error"]) == ("https", None)
    assert right(answer["ahead_ms"], answer["within_ms"], offset), answer
    assert 500 <= answer["within_ms"] < 2000
    assert answer["certificate_elsewhen"] == (abs(offset) == YEARS_10)
    assert (said["verdict"], said["ahead_ms"]) == (verdict, answer["ahead_ms"])


@pytest.mark.parametrize("lie", [60, -HOUR, 20 * HOUR])
def test_a_host_that_lies_is_found_out_by_one_that_does_not(fob, authority, lie):
    with Sntp(lies_by=lie) as liar, Https(authority.certificate()) as honest:
        said = clock(fob, liar, honest)
    assert said["verdict"] == "disagree" and said["ahead_ms"] is None
    assert sorted(answer["way"] for answer in said["online"]["answers"]) == ["https", "sntp"]
    with Sntp() as honest, Https(authority.certificate(), lies_by=lie) as liar:
        assert clock(fob, honest, liar)["verdict"] == "disagree"


def test_hosts_that_agree_are_believed_and_the_more_exact_one_counts(fob, authority):
    shift(fob, -45)
    with Sntp() as one, Https(authority.certificate()) as other:
        said = clock(fob, one, other)
    by_way = {answer["way"]: answer for answer in said["online"]["answers"]}
    assert (said["verdict"], said["ahead_ms"]) == ("alarm", by_way["sntp"]["ahead_ms"])


def test_one_host_that_fails_does_not_hide_the_other(fob, authority):
    shift(fob, 45)
    with Sntp("silent") as silent, Https(authority.certificate()) as honest:
        said = clock(fob, silent, honest)
    assert said["verdict"] == "alarm"
    assert {error_of(answer) for answer in said["online"]["answers"]} == {None, "time_timeout"}
    assert said["took"] < 2 * PATIENCE


@pytest.mark.parametrize(
    "mood, code",
    [
        ("silent", "time_timeout"),
        ("rubbish", "time_rubbish"),
        ("empty", "time_rubbish"),
        ("echo", "time_rubbish"),
        ("broadcast", "time_rubbish"),
        ("wrong_originate", "time_rubbish"),
        ("no_time", "time_rubbish"),
        ("kiss", "time_not_synchronised"),
        ("unsynchronised", "time_not_synchronised"),
        ("stratum_16", "time_not_synchronised"),
        ("forged_first", None),
    ],
)
def test_an_sntp_host_in_a_mood_is_told_by_it(fob, mood, code):
    with Sntp(mood) as host:
        said = clock(fob, host)
    print(f"{mood}: {code} after {said['took']:.2f} s")
    answer = only_answer(said)
    assert error_of(answer) == code
    assert said["took"] < PATIENCE
    if code:
        assert answer["ahead_ms"] is None and said["ahead_ms"] is None
        assert answer["error"]["message"]
    else:
        assert right(answer["ahead_ms"], answer["within_ms"], 0)


@pytest.mark.parametrize(
    "mood, code",
    [
        ("silent", "time_timeout"),
        ("hangs", "time_timeout"),
        ("drips", "time_timeout"),
        ("plain", "time_rubbish"),
        ("rubbish", "time_rubbish"),
        ("no_date", "time_rubbish"),
        ("bad_date", "time_rubbish"),
        ("two_dates", "time_rubbish"),
        ("stored", "time_rubbish"),
        ("endless", "time_rubbish"),
        ("closes", "time_rubbish"),
        ("closes_after", "time_rubbish"),
        ("not_found", None),
        ("redirects", None),
    ],
)
def test_an_https_host_in_a_mood_is_told_by_it(fob, authority, mood, code):
    with Https(authority.certificate(), mood) as host:
        said = clock(fob, host)
    print(f"{mood}: {code} after {said['took']:.2f} s")
    answer = only_answer(said)
    assert error_of(answer) == code
    assert said["took"] < PATIENCE
    if code:
        assert answer["ahead_ms"] is None and said["ahead_ms"] is None
        assert answer["error"]["message"]
    else:
        assert right(answer["ahead_ms"], answer["within_ms"], 0)


@pytest.mark.parametrize("offset", [0, YEARS_10, -YEARS_10])
@pytest.mark.parametrize("fault", ["other_name", "unknown_authority", "expired", "not_yet"])
def test_a_certificate_that_does_not_hold_at_the_hosts_own_time_is_refused_at_every_time(fob, authority, tmp_path, fault, offset):
    shift(fob, offset)
    certificate = {
        "other_name": lambda: authority.certificate("other.example"),
        # Its name is the same; its key is not.
        "unknown_authority": lambda: Authority(tmp_path / "stranger").certificate(),
        "expired": lambda: authority.certificate(days=(-300, -1)),
        "not_yet": lambda: authority.certificate(days=(1, 300)),
    }[fault]()
    with Https(certificate) as host:
        said = clock(fob, host)
    assert error_of(only_answer(said)) == "time_certificate"
    assert said["ahead_ms"] is None


def test_a_host_that_lies_by_years_is_betrayed_by_its_certificate(fob, authority):
    with Https(authority.certificate(), lies_by=YEARS_10) as host:
        assert error_of(only_answer(clock(fob, host))) == "time_certificate"


def test_a_port_on_which_nobody_listens_is_not_reached(fob, authority):
    with Sntp() as one, Https(authority.certificate()) as other:
        gone = one, other
    for host in gone:
        assert error_of(only_answer(clock(fob, host))) == "time_unreachable"


def test_a_question_says_nothing_of_who_asks(fob, authority):
    with Sntp() as one, Https(authority.certificate()) as other:
        for _ in range(2):
            clock(fob, one, other)
    first, second = one.asked
    # Version 4, a client, and then nothing but a number of its own.
    assert first[:40] == second[:40] == b"\x23" + bytes(39)
    assert len(first) == 48 and first[40:] != second[40:]
    assert len(other.asked) == 2 and len(set(other.asked)) == 1
    head, *fields = other.asked[0].decode().rstrip().split("\r\n")
    assert head == "HEAD / HTTP/1.1"
    assert {field.split(":")[0] for field in fields} == {"Host", "Cache-Control", "Connection"}


def addresses(trace: Path) -> set[tuple[str, int]]:
    """Whom the program turned to by the network."""
    found = re.findall(r"sin6?_port=htons\((\d+)\).*?(?:inet_addr\(|inet_pton\(AF_INET6, )\"([^\"]+)\"", trace.read_text())
    return {(address, int(port)) for port, address in found}


def test_only_the_host_that_is_named_is_asked_and_nobody_without_one(fob, authority, tmp_path):
    trace = tmp_path / "trace"
    traced = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace), str(BIN / "fob"), "--vault", str(fob.vault), *fob.way, "--json", "clock"]
    subprocess.run(traced, env=fob.env, check=False, capture_output=True)
    assert addresses(trace) == set()
    with Sntp() as one, Https(authority.certificate()) as other:
        online = ["--online", one.url, "--online", other.url]
        subprocess.run([*traced, *online], env=fob.env | {"https_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}, check=False, capture_output=True)
        assert one.asked and other.asked
    # The search for an address tries each of `localhost` by connecting a socket, on no port of note.
    there = {(address, port) for address, port in addresses(trace) if port in (one.port, other.port)}
    assert ("127.0.0.1", one.port) in there and ("127.0.0.1", other.port) in there
    assert {address for address, _ in addresses(trace)} <= {"127.0.0.1", "::1"}


def preloaded(folder: Path, name: str) -> Path:
    """A library that stands in for functions of the system's."""
    library = folder / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


def test_a_search_for_an_address_that_does_not_end_is_left_behind(fob, authority, tmp_path):
    fob.env |= {"LD_PRELOAD": str(preloaded(tmp_path, "slow_names"))}
    with Https(authority.certificate()) as host:
        said = clock(fob, host)
    assert error_of(only_answer(said)) == "time_timeout"
    assert said["took"] < PATIENCE and not host.asked


@pytest.fixture(scope="module")
def fake_adjtimex(tmp_path_factory) -> Path:
    return preloaded(tmp_path_factory.mktemp("adjtimex"), "fake_adjtimex")


@pytest.mark.parametrize("state, synchronised, verdict", [("ok", "yes", "good"), ("error", "no", "unsure"), ("fails", "unknown", "unsure")])
def test_offline_the_kernel_says_whether_the_clock_is_kept_right(fob, fake_adjtimex, state, synchronised, verdict):
    fob.env |= {"LD_PRELOAD": str(fake_adjtimex), "FAKE_ADJTIMEX": state}
    said = clock(fob)
    assert (said["system"], said["by"], said["synchronised"], said["verdict"]) == ("linux", "adjtimex", synchronised, verdict)
    assert said["online"] is None and said["ahead_ms"] is None
    if state == "ok":
        assert 0 <= said["within_seconds"] <= 1
    else:
        assert said["within_seconds"] is None


def test_a_clock_before_the_programs_own_making_is_an_alarm_whatever_the_kernel_says(fob, fake_adjtimex):
    shift(fob, -YEARS_10)
    fob.env |= {"LD_PRELOAD": f"{fake_adjtimex} {faketime_library()}", "FAKE_ADJTIMEX": "ok"}
    said = clock(fob)
    assert said["verdict"] == "alarm" and said["behind"]["than"] == "program"


def test_a_clock_before_the_vaults_last_save_is_not_trusted_even_where_the_system_does(fob, fake_adjtimex):
    fob.ok("add", "-", stdin=f"otpauth://totp/T:x?issuer=T&secret={KEY}".encode())
    shift(fob, -HOUR)
    fob.env |= {"LD_PRELOAD": f"{fake_adjtimex} {faketime_library()}", "FAKE_ADJTIMEX": "ok"}
    said = clock(fob)
    assert said["verdict"] == "warn" and said["behind"]["than"] == "vault"
    assert abs(said["behind"]["seconds"] - HOUR) < 60


def oathtool(at: float) -> str:
    command = ["oathtool", "--totp", "--base32", f"--now=@{int(at)}", KEY]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("offset", [YEARS_10, -YEARS_10])
def test_codes_of_other_years_are_right(fob, offset):
    fob.ok("add", "-", stdin=f"otpauth://totp/T:x?issuer=T&secret={KEY}".encode())
    shift(fob, offset)
    before = time.time() + offset
    shown = fob.json("code", "T")[0]["code"]
    assert shown in {oathtool(before), oathtool(time.time() + offset)}


class Watch:
    """`fob code --watch`, whose clock is shifted by what stands in a file."""

    def __init__(self, fob, folder: Path):
        self.file, self.offset, self.seen = folder / "faketime", 0, []
        fob.ok("add", "-", stdin=f"otpauth://totp/T:x?issuer=T&secret={KEY}".encode())
        self.jump(0)
        env = {"LD_PRELOAD": faketime_library(), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        command = [str(BIN / "fob"), "--vault", str(fob.vault), *fob.way, "code", "T", "--watch"]
        self.began = time.monotonic()
        self.process = subprocess.Popen(command, env=fob.env | env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def read(self):
        for line in self.process.stdout:
            self.seen.append((time.monotonic(), line.replace(" ", "")))

    def jump(self, offset: int):
        """Whoever reads the file finds either the old offset in it or the new one."""
        self.offset = offset
        whole = self.file.with_suffix(".new")
        whole.write_text(f"{offset:+}\n")
        os.replace(whole, self.file)

    def seconds_until_right(self, since: float, patience: float) -> float:
        """How long after `since` the code that is right was printed."""
        while time.monotonic() < since + patience:
            assert self.process.poll() is None, self.process.stderr.read()
            code = oathtool(time.time() + self.offset)
            for at, line in list(self.seen):
                if at >= since and code in line:
                    return at - since
            time.sleep(0.01)
        raise AssertionError(f"{oathtool(time.time() + self.offset)} was not printed: {self.seen}")


@pytest.mark.parametrize("jumps", [[HOUR, 0], [-HOUR, 0], [YEARS_10, 0], [-YEARS_10, YEARS_10]])
def test_the_right_code_is_shown_soon_after_a_jump_of_the_clock(fob, tmp_path, jumps):
    with Watch(fob, tmp_path) as watch:
        watch.seconds_until_right(watch.began, 10)
        for offset in jumps:
            since = time.monotonic()
            watch.jump(offset)
            took = watch.seconds_until_right(since, 10)
            print(f"to {offset:+} s: right after {took:.2f} s")


def test_the_right_code_is_shown_soon_after_waking_up(fob, tmp_path):
    with Watch(fob, tmp_path) as watch:
        watch.seconds_until_right(watch.began, 10)
        watch.process.send_signal(signal.SIGSTOP)
        # Longer than a step.
        time.sleep(40)
        since = time.monotonic()
        watch.process.send_signal(signal.SIGCONT)
        took = watch.seconds_until_right(since, 10)
        print(f"right {took:.2f} s after waking up")
