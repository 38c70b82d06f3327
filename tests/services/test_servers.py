"""The servers keep the rules of shared/SERVICES.md. No Keyfob here: codes come from pyotp and oathtool."""

import json
import subprocess

import pyotp
import pytest
from browser import Browser
from servers import Authenticator, Clock, Mirox, MiroxPages, Plato, PlatoPages, Plausible, PlausiblePages, Pluton, PlutonPages, Pterodactyl, PterodactylPages, Refused

PASSWORD = "correct horse"
FOUR = [Mirox, Pterodactyl, Pluton, Plausible]
API = "/api/client/account/two-factor"


def code(key: Authenticator, clock: Clock) -> str:
    """The code of the next step, which was not used yet."""
    clock.forward()
    return pyotp.TOTP(key.secret).at(clock())


def turned_on(kind, clock, chance):
    service = kind(clock=clock, chance=chance)
    if kind is Pterodactyl:
        service.credentials()
        service.enable(code(service.setup, clock), PASSWORD)
    else:
        service.enable()
        service.verify(code(service.setup, clock))
    return service


def a_recovery_code(service, text):
    return {"backup_code" if isinstance(service, Mirox) else "recovery": text}


def test_oathtool_and_pyotp_judge_alike(clock, chance):
    key = Authenticator("Mirox", "zoe", clock, chance)
    theirs = subprocess.run(["oathtool", "--totp", f"--now=@{clock()}", "-b", key.secret], check=True, capture_output=True, text=True).stdout.strip()
    key.accept(theirs)


def test_a_code_works_once_and_one_step_early_or_late(clock, chance):
    key = Authenticator("Mirox", "zoe", clock, chance)
    totp = pyotp.TOTP(key.secret)
    for offset in (-30, 0, 30):
        key.accept(totp.at(clock() + offset))
        with pytest.raises(Refused, match="used already"):
            key.accept(totp.at(clock() + offset))
    for offset in (-60, 60):
        with pytest.raises(Refused, match="not valid"):
            key.accept(totp.at(clock() + offset))
    for typed in ("", "12345", "1234567", "12345a", "１２３４５６"):
        with pytest.raises(Refused):
            key.accept(typed)


def test_the_clock_is_the_real_one_where_none_is_given():
    service = Pluton()
    key = service.enable()
    assert len(service.verify(pyotp.TOTP(key.secret).now())) == 10


@pytest.mark.parametrize("kind", FOUR)
def test_it_is_on_only_after_a_code_was_accepted(kind, clock, chance):
    service = kind(clock=clock, chance=chance)
    service.login(PASSWORD)
    service.begin()
    assert not service.on and service.status() == "Disabled"
    with pytest.raises(Refused):
        service.confirm("000000")
    assert not service.on
    service = turned_on(kind, clock, chance)
    assert service.on and service.status().startswith("Enabled since")
    with pytest.raises(Refused):
        service.login(PASSWORD)
    with pytest.raises(Refused, match="password"):
        service.login("wrong", code(service.key, clock))
    service.login(PASSWORD, code(service.key, clock))
    with pytest.raises(Refused, match="already enabled"):
        service.begin()


@pytest.mark.parametrize("kind", FOUR)
def test_a_used_recovery_code_is_refused_the_second_time(kind, clock, chance):
    service = turned_on(kind, clock, chance)
    text = service.codes.texts[0]
    service.login(PASSWORD, **a_recovery_code(service, text))
    if kind is Mirox:
        service.enable()
        service.verify(code(service.setup, clock))
    with pytest.raises(Refused):
        service.login(PASSWORD, **a_recovery_code(service, text))


@pytest.mark.parametrize("kind", FOUR)
def test_disabling_voids_the_key_and_every_recovery_code(kind, clock, chance):
    service = turned_on(kind, clock, chance)
    old, texts = service.key, service.codes.texts
    service.disable(*{Mirox: [code(old, clock)], Pluton: []}.get(kind, [PASSWORD]))
    assert not service.on
    service.login(PASSWORD)
    again = turned_on(kind, clock, chance)
    assert again.key.secret != old.secret and not set(again.codes.texts) & set(texts)
    with pytest.raises(Refused):
        again.login(PASSWORD, code(old, clock))
    with pytest.raises(Refused):
        again.login(PASSWORD, **a_recovery_code(again, texts[-1]))


def test_mirox_shows_its_one_code_before_it_verifies(clock, chance):
    service = Mirox(clock, chance)
    setup = service.enable()
    assert len(setup.backup_code) == 8 and setup.backup_code.isalnum() and not service.on


def test_mirox_switches_off_when_its_backup_code_is_used_and_issues_a_fresh_one(clock, chance):
    service = turned_on(Mirox, clock, chance)
    used = service.backup_code
    fresh = service.login(PASSWORD, backup_code=used)
    assert fresh != used and fresh == service.backup_code and not service.on


def test_mirox_voids_the_old_code_at_once_when_it_issues_a_new_one(clock, chance):
    service = turned_on(Mirox, clock, chance)
    old = service.backup_code
    with pytest.raises(Refused):
        service.new_backup_codes("000000")
    assert service.backup_code == old
    new = service.new_backup_codes(code(service.key, clock))
    with pytest.raises(Refused):
        service.login(PASSWORD, backup_code=old)
    assert service.login(PASSWORD, backup_code=new)


def test_mirox_checks_a_code_and_changes_nothing(clock, chance):
    service = turned_on(Mirox, clock, chance)
    typed = code(service.key, clock)
    service.check(typed)
    service.check(typed)
    with pytest.raises(Refused):
        service.check("000000")
    service.login(PASSWORD, typed)


def test_mirox_needs_a_code_to_be_disabled(clock, chance):
    service = turned_on(Mirox, clock, chance)
    with pytest.raises(Refused):
        service.disable("000000")
    assert service.on


def test_pterodactyl_needs_the_password_both_ways_and_logs_it(clock, chance):
    service = Pterodactyl(clock, chance)
    service.credentials()
    with pytest.raises(Refused, match="password"):
        service.enable(code(service.setup, clock), "wrong")
    tokens = service.enable(pyotp.TOTP(service.setup.secret).at(clock()), PASSWORD)
    assert tokens["object"] == "recovery_tokens" and len(tokens["attributes"]["tokens"]) == 10
    with pytest.raises(Refused, match="password"):
        service.disable("wrong")
    service.login(PASSWORD, recovery=tokens["attributes"]["tokens"][3])
    assert service.on
    service.disable(PASSWORD)
    assert service.activity == ["user:two-factor.create", "user:two-factor.delete"]


def test_pterodactyl_speaks_json_by_the_same_rules(clock, chance):
    with PterodactylPages(Pterodactyl(clock, chance)) as site:
        browser = Browser(site.url)
        status, body = browser.api("GET", API)
        data = json.loads(body)["data"]
        assert status == 200 and pyotp.parse_uri(data["image_url_data"]).secret == data["secret"]
        typed = pyotp.TOTP(data["secret"]).at(clock())
        assert browser.api("POST", API, code=typed, password="wrong")[0] == 400
        status, body = browser.api("POST", API, code=typed, password=PASSWORD)
        assert status == 200 and json.loads(body)["attributes"]["tokens"] == site.service.codes.texts
        status, body = browser.api("GET", API)
        assert status == 400 and "already enabled" in body
        assert browser.api("DELETE", API, password=PASSWORD)[0] == 204 and not site.service.on


def test_plausible_makes_a_new_set_with_the_password_and_voids_the_old(clock, chance):
    service = turned_on(Plausible, clock, chance)
    old = service.codes.texts
    with pytest.raises(Refused, match="password"):
        service.generate_new("wrong")
    new = service.generate_new(PASSWORD)
    assert not set(old) & set(new) and len(new) == 10
    with pytest.raises(Refused):
        service.login(PASSWORD, recovery=old[0])
    service.login(PASSWORD, recovery=new[0])
    assert service.on


def test_plausible_asks_on_a_new_device_and_again_after_a_remote_log_out(clock, chance):
    service = turned_on(Plausible, clock, chance)
    service.login(PASSWORD, code(service.key, clock), device="laptop")
    service.login(PASSWORD, device="laptop")
    service.log_out_elsewhere("desk")
    with pytest.raises(Refused):
        service.login(PASSWORD, device="laptop")


def test_plato_shows_its_qr_at_the_next_log_on_or_by_the_administrator_and_it_stays_the_same(clock, chance):
    auto, central = Plato(clock, chance), Plato(clock, chance, "Central:Codectomy St Elsewhere ACCEPTANCE")
    for system in (auto, central):
        assert system.log_on("zoe", PASSWORD) is None
        with pytest.raises(Refused):
            system.show_qr_code("zoe")
        system.require_2fa()
    uri = auto.log_on("zoe", PASSWORD)
    assert pyotp.parse_uri(uri).name == auto.label == "Codectomy St Elsewhere LIVE"
    assert auto.show_qr_code("zoe") == uri == auto.show_qr_code("zoe")
    with pytest.raises(Refused, match="administrator"):
        central.log_on("zoe", PASSWORD)
    assert central.show_qr_code("zoe") == central.show_qr_code("zoe") != uri
    for system in (auto, central):
        with pytest.raises(Refused):
            system.log_on("zoe", PASSWORD)
        system.log_on("zoe", PASSWORD, code(system.users["zoe"].key, clock))


def test_plato_deactivates_for_good(clock, chance):
    system = Plato(clock, chance)
    system.require_2fa()
    uri, old = system.log_on("zoe", PASSWORD), system.users["zoe"].key
    system.deactivate("zoe")
    assert system.log_on("zoe", PASSWORD) is None
    system.activate("zoe")
    assert system.log_on("zoe", PASSWORD) != uri
    with pytest.raises(Refused):
        system.log_on("zoe", PASSWORD, code(old, clock))


@pytest.mark.parametrize("pages, kind, start, clicks", [
    (MiroxPages, Mirox, "/", ["Profile menu", "Profile", "Security", "Enable"]),
    (PterodactylPages, Pterodactyl, "/", ["Account Settings", "Two-Factor Authentication", "Enable Two-Factor Authentication"]),
    (PlutonPages, Pluton, "/", ["Settings", "General", "Enable 2FA", "Yes, Enable 2FA"]),
    (PlausiblePages, Plausible, "/", ["zoe", "Account Settings", "Security", "Two-Factor Authentication (2FA)", "Enable 2FA"]),
    (PlatoPages, Plato, "/manager", ["Require 2FA", "zoe", "Show QR Code"]),
], ids=lambda value: value.name if hasattr(value, "name") else None)
def test_the_way_that_the_guide_tells_leads_to_a_qr_code_that_zbarimg_reads_off_a_screenshot(pages, kind, start, clicks, clock, chance, tmp_path):
    with pages(kind(clock=clock, chance=chance)) as site:
        browser = Browser(site.url).open(start)
        for words in clicks:
            browser.press(words)
        picture = browser.screenshot(tmp_path / "page.png")
        read = subprocess.run(["zbarimg", "-q", "--raw", picture], check=True, capture_output=True, text=True).stdout.strip()
        key = site.service.users["zoe"].key if kind is Plato else site.service.setup
        assert read == key.uri and pyotp.parse_uri(read).secret == key.secret
        # Plato gives no key to type.
        assert (key.secret in browser.copy().replace(" ", "")) == (kind is not Plato)
