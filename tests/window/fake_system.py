"""What a machine's system bus has and a container's has not: a logind that tells of locks and sleep, and a polkit that
asks whether the person is here. Says what it was asked on standard output; does what it is told on standard input:
`lock`, `sleep`, `wake`, `yes`, `no` (how polkit decides)."""

import os
import sys
import threading

from gi.repository import Gio, GLib

LOGIN = """<node>
 <interface name="org.freedesktop.login1.Manager">
  <method name="GetSession"><arg type="s" direction="in"/><arg type="o" direction="out"/></method>
  <method name="Inhibit"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="h" direction="out"/></method>
  <signal name="PrepareForSleep"><arg type="b"/></signal>
 </interface>
 <interface name="org.freedesktop.PolicyKit1.Authority">
  <method name="CheckAuthorization"><arg type="(sa{sv})" direction="in"/><arg type="s" direction="in"/><arg type="a{ss}" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/><arg type="(bba{ss})" direction="out"/></method>
 </interface>
</node>"""

SESSION = "/org/freedesktop/login1/session/_31"
decides = {"present": False}
held = []


def say(text):
    print(text, flush=True)


def called(_bus, _sender, _path, _interface, method, arguments, call):
    if method == "GetSession":
        call.return_value(GLib.Variant("(o)", (SESSION,)))
    elif method == "Inhibit":
        read, write = os.pipe()
        held.append(read)
        fds = Gio.UnixFDList.new_from_array([write])
        say(f"inhibit {arguments.unpack()[0]} {arguments.unpack()[3]}")
        call.return_value_with_unix_fd_list(GLib.Variant("(h)", (0,)), fds)
        watch_release(read)
    else:
        _, action, _, flags, _ = arguments.unpack()
        say(f"check {action} {flags}")
        answer = (False, True) if flags == 0 else (decides["present"], False)
        call.return_value(GLib.Variant("((bba{ss}))", ((*answer, {}),)))


def watch_release(fd):
    """Says when the inhibitor is let go."""

    def wait():
        os.read(fd, 1)
        say("released")

    threading.Thread(target=wait, daemon=True).start()


def listen(bus):
    for line in sys.stdin:
        word = line.strip()
        if word == "lock":
            bus.emit_signal(None, SESSION, "org.freedesktop.login1.Session", "Lock", None)
        elif word in ("sleep", "wake"):
            bus.emit_signal(None, "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "PrepareForSleep", GLib.Variant("(b)", (word == "sleep",)))
        elif word in ("yes", "no"):
            decides["present"] = word == "yes"
        bus.flush_sync(None)
        say(f"did {word}")


def main():
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    bus = Gio.DBusConnection.new_for_address_sync(os.environ["DBUS_SYSTEM_BUS_ADDRESS"], flags, None, None)
    login, polkit = Gio.DBusNodeInfo.new_for_xml(LOGIN).interfaces
    bus.register_object("/org/freedesktop/login1", login, called, None, None)
    bus.register_object("/org/freedesktop/PolicyKit1/Authority", polkit, called, None, None)
    for name in ("org.freedesktop.login1", "org.freedesktop.PolicyKit1"):
        Gio.bus_own_name_on_connection(bus, name, Gio.BusNameOwnerFlags.NONE, None, None)
    threading.Thread(target=listen, args=(bus,), daemon=True).start()
    say("ready")
    GLib.MainLoop().run()


main()
