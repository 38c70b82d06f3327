"""One vault of its own for each test, and the five services with a fixed chance and a clock that tests move."""

import os
import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "judges"))

from fob import Fob  # noqa: E402  (it lives with the judges)
from servers import Clock  # noqa: E402

SEED = int(os.environ.get("KEYFOB_SEED", "20261126"))
"""What the services' keys and codes are drawn from: another number, other codes."""


@pytest.fixture
def fob(tmp_path):
    return Fob(tmp_path)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def chance():
    return random.Random(SEED)


@pytest.fixture
def person(kind, fob, clock, chance, tmp_path):
    """Zoe at the service that the test is about (`@at(AtMirox)`); the service ends with the test."""
    with kind(fob, clock, chance, tmp_path) as made:
        yield made
