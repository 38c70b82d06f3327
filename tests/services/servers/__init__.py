"""The five services that Keyfob is measured on, as small servers with their rules (shared/SERVICES.md).

`rules` is what they have in common, `web` how pages are served; each service has a module with its rules as a plain class
and its pages on top. Codes are judged by pyotp; nothing of Keyfob is used here.
"""

from .mirox import Mirox, MiroxPages
from .plato import Plato, PlatoPages
from .plausible import Plausible, PlausiblePages
from .pluton import Pluton, PlutonPages
from .pterodactyl import Pterodactyl, PterodactylPages
from .rules import Authenticator, Clock, RecoveryCodes, Refused

__all__ = [
    *("Authenticator", "Clock", "RecoveryCodes", "Refused"),
    *("Mirox", "Plato", "Plausible", "Pluton", "Pterodactyl"),
    *("MiroxPages", "PlatoPages", "PlausiblePages", "PlutonPages", "PterodactylPages"),
]
