"""The desktop portal's screenshots (org.freedesktop.portal.Screenshot), on the session bus: what a person answers is
decided beforehand. Says `ready` on standard output when it can be asked.

    fake_portal.py --answer granted|refused|cancelled [--picture FILE.png --folder FOLDER] [--log FILE]

Granted: each answer is a copy of the picture, a file of its own in the folder, as a portal leaves one in the person's
Pictures. The log has a line of JSON for each call: the parent window and the options."""

import argparse
import json
import os
import shutil
from pathlib import Path

from gi.repository import Gio, GLib

NAME = "org.freedesktop.portal.Desktop"
PATH = "/org/freedesktop/portal/desktop"
PORTAL = """<node>
 <interface name="org.freedesktop.portal.Screenshot">
  <method name="Screenshot"><arg type="s" direction="in"/><arg type="a{sv}" direction="in"/><arg type="o" direction="out"/></method>
  <property name="version" type="u" access="read"/>
 </interface>
 <interface name="org.freedesktop.portal.Request">
  <method name="Close"/>
  <signal name="Response"><arg type="u"/><arg type="a{sv}"/></signal>
 </interface>
</node>"""

# What the portal's Response says.
CODES = {"granted": 0, "cancelled": 1, "refused": 2}


class Portal:
    def __init__(self, options: argparse.Namespace, bus: Gio.DBusConnection):
        self._options = options
        self._bus = bus
        self._screenshot, self._request = Gio.DBusNodeInfo.new_for_xml(PORTAL).interfaces
        self._open: dict[str, int] = {}
        self._pictures = 0
        bus.register_object(PATH, self._screenshot, self._called, lambda *_: GLib.Variant("u", 2), None)

    def _called(self, _bus, sender, _path, _interface, _method, arguments, call):
        parent, options = arguments.unpack()
        if self._options.log:
            with self._options.log.open("a") as log:
                log.write(json.dumps({"parent": parent, "options": options}) + "\n")
        token = options.get("handle_token", "t")
        handle = f"{PATH}/request/{sender.removeprefix(':').replace('.', '_')}/{token}"
        self._open[handle] = self._bus.register_object(handle, self._request, self._closed, None, None)
        call.return_value(GLib.Variant("(o)", (handle,)))
        # A person takes a moment; the answer may not overtake the handle.
        GLib.timeout_add(100, self._answer, sender, handle)

    def _closed(self, _bus, _sender, path, _interface, _method, _arguments, call):
        """A closed request is never answered."""
        self._bus.unregister_object(self._open.pop(path))
        call.return_value(None)

    def _answer(self, sender: str, handle: str) -> bool:
        if handle in self._open:
            results = {}
            if self._options.answer == "granted":
                results["uri"] = GLib.Variant("s", self._picture().as_uri())
            answer = GLib.Variant("(ua{sv})", (CODES[self._options.answer], results))
            self._bus.emit_signal(sender, handle, "org.freedesktop.portal.Request", "Response", answer)
            self._bus.unregister_object(self._open.pop(handle))
        return GLib.SOURCE_REMOVE

    def _picture(self) -> Path:
        self._pictures += 1
        path = self._options.folder.resolve() / f"Screenshot-{self._pictures}.png"
        shutil.copyfile(self._options.picture, path)
        return path


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--answer", choices=CODES, required=True)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--log", type=Path)
    options = parser.parse_args()
    if options.answer == "granted" and not (options.picture and options.folder):
        parser.error("granted needs --picture and --folder")

    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(os.environ["DBUS_SESSION_BUS_ADDRESS"], flags, None, None)
    Portal(options, bus)
    Gio.bus_own_name_on_connection(bus, NAME, Gio.BusNameOwnerFlags.NONE, lambda *_: print("ready", flush=True), None)
    GLib.MainLoop().run()


main()
