"""Fixtures of the tests of what is stored."""
from __future__ import annotations

from typing import Iterator

import pytest

from hearth_testing.clocks import Clock


@pytest.fixture()
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.remove()
