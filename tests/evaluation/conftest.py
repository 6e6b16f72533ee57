"""The shared protocol and data, where they are beside this repository."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).parents[2] / ".." / "shared"


def _load(path, name):
    if not path.is_file():
        pytest.skip(f"{path.name} is not beside this repository")
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shared_protocol():
    return _load(SHARED / "eval" / "protocol.py", "shared_protocol")


@pytest.fixture(scope="session")
def shared_cube():
    """Return a function that reads ``group/name`` of the shared data as (values, wavelengths)."""
    unpack = _load(SHARED / "data" / "unpack.py", "shared_unpack")

    def read(name):
        path = SHARED / "data" / f"{name}.hsc"
        if not path.is_file():
            pytest.skip(f"{name} is not beside this repository")
        values, head, _ = unpack.read(path)
        return values, np.array(head["wavelengths"], dtype=float), head["bad_bands"]

    return read


@pytest.fixture(scope="session")
def shared_names():
    """Return a function that finds the first shared cube of a pattern ``group/*``."""

    def find(pattern):
        found = sorted((SHARED / "data").glob(f"{pattern}.hsc"))
        if not found:
            pytest.skip(f"{pattern} is not beside this repository")
        return f"{found[0].parent.name}/{found[0].stem}"

    return find
