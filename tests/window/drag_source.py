"""A small window of another program, whose whole face is a file that can be dragged: `drag_source.py FILE`."""

import sys
from pathlib import Path

import gi

gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402

window = Gtk.Window(title="drag source", type=Gtk.WindowType.POPUP)
box = Gtk.EventBox()
box.add(Gtk.Label(label="drag me"))
box.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
box.drag_source_add_uri_targets()
box.connect("drag-data-get", lambda *event: event[2].set_uris([Path(sys.argv[1]).as_uri()]))
window.add(box)
window.set_default_size(120, 80)
window.move(1100, 40)
window.show_all()
Gtk.main()
