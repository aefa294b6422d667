"""For all Python tests: their order, and how long each took to set up and to run, for `Tests/run.py --times`."""
from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from lanes import place

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place(str(item.path.relative_to(HERE))))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    item.user_properties.append((call.when, f"{call.duration:.2f}"))
    return (yield)
