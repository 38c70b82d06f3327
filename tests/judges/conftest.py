import pytest

from fob import Fob
from own_keyring import Keyring, missing


@pytest.fixture
def fob(tmp_path):
    return Fob(tmp_path)


@pytest.fixture
def keyring(tmp_path_factory):
    """A gnome-keyring of its own; where there is none, the test is skipped and says why."""
    if why := missing():
        print(why)
        pytest.skip(why)
    # A short path: the name of a socket in it has a limit.
    with Keyring(tmp_path_factory.mktemp("k")) as keyring:
        yield keyring
