"""What all tests share: the data beside the repository, and a window that leaves nothing running."""

import gc
import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(autouse=True)
def bug_log(tmp_path_factory, monkeypatch):
    """Keep tracebacks of faults out of the user's own log."""
    monkeypatch.setenv("NAPARI_HYDRA_LOG", str(tmp_path_factory.getbasetemp() / "errors.log"))


@pytest.fixture(scope="session")
def shared_file():
    """Return a function that finds a file beside the repository, e.g. "data/photos/ARAD_1K_0001.jpg", or skips."""

    def find(name):
        path = SHARED / name
        if not path.is_file():
            pytest.skip(f"{name} is not beside this repository")
        return path

    return find


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


@pytest.fixture(autouse=True)
def nothing_keeps_running(request):
    """After a test with a window, no thread of Qt's pool is busy; napari's own fixture does not look."""
    with_window = {"make_napari_viewer", "make_napari_viewer_proxy"} & set(request.fixturenames)
    yield
    if not with_window:
        return
    from qtpy.QtCore import QThreadPool

    # Nobody asks the workers to stop here: closing the window must have done that.
    assert QThreadPool.globalInstance().waitForDone(10_000), "a thread is still at work"


def until(condition, seconds=20.0):
    """Let Qt run until `condition()` holds; fail when it does not within `seconds`."""
    from qtpy.QtWidgets import QApplication

    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        QApplication.processEvents()
        time.sleep(0.002)


@pytest.fixture(name="until")
def until_fixture(qapp):
    return until


@pytest.fixture
def collected():
    """Return a function that says whether a weak reference is dead once Qt and Python have tidied up."""

    def is_dead(reference):
        from qtpy.QtWidgets import QApplication

        for _ in range(5):
            QApplication.processEvents()
            gc.collect()
        return reference() is None

    return is_dead
