import pytest

from fob import Fob


@pytest.fixture
def fob(tmp_path):
    return Fob(tmp_path)
