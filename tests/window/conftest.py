import pytest

from desktop import Desktop


@pytest.fixture
def desktop():
    with Desktop() as made:
        yield made
