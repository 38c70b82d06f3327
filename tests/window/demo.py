"""Keyfob on a virtual display: a QR screenshot is pasted, kept, and its code compared with oathtool's."""

import sys

from desktop import FIXTURES, Desktop, Keys, totp_now, wait_for

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def shown_and_expected(window):
    """Both, read within one period."""
    before = totp_now(SECRET)
    shown = window.codes().get("Mirox (zoe@plant-7)", "")
    return (shown, before) if shown == before == totp_now(SECRET) else None


def main() -> int:
    with Desktop() as desktop, desktop.open_window() as window:
        window.one("h1")
        desktop.copy_picture(FIXTURES / "enroll.png")
        window.paste()
        window.one("dialog")
        window.keys(Keys.ENTER)
        window.one("[role=option]")
        shown, expected = wait_for(lambda: shown_and_expected(window), 40, why="window and oathtool did not agree")
        window.keys(Keys.ENTER)
        window.toast("Copied")
        picture = window.shot("keyfob-demo")
    print("\n   QR screenshot      tests/fixtures/enroll.png")
    print(f"   Keyfob's window    {shown}")
    print(f"   oathtool           {expected}")
    print(f"   the window         {picture}")
    return 0 if shown == expected else 1


sys.exit(main())
