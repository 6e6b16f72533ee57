"""Results by their keys: each computed once, dropped with its key, held back until asked for."""

import pytest

from napari_hydra._napari.widgets.background import Background
from napari_hydra._napari.widgets.results import Results
from napari_hydra.errors import HydraError


class Immediate(Background):
    """Runs nothing until `finish`, and then all that waits, on this thread."""

    def __init__(self):
        super().__init__(lambda words, fraction: None)
        self.tasks = []

    @property
    def busy(self):
        return bool(self.tasks)

    def submit(self, task):
        self.tasks.append(task)

    def cancel(self):
        self.tasks.clear()

    def finish(self):
        while self.tasks:
            task = self.tasks.pop(0)
            try:
                (found,) = run(task.steps())
            except HydraError as error:
                task.failed(error)
            else:
                task.done(found)


def run(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return (end.value,)


@pytest.fixture
def background():
    return Immediate()


@pytest.fixture
def computed():
    return []


@pytest.fixture
def results(background, computed):
    def prepare(key):
        def steps():
            yield 0.5
            computed.append(key)
            if key == "bad":
                raise HydraError("why")
            return key.upper()

        return f"Computing {key}", steps

    return Results(background, prepare)


def test_each_is_computed_once_and_told(results, background, computed):
    calls = []
    results.changed.connect(lambda: calls.append(1))
    results.follow(["a", "b", "bad"])
    results.follow(["a", "b", "bad"])
    background.finish()
    results.follow(["a", "b", "bad"])
    background.finish()
    assert computed == ["a", "b", "bad"]
    assert (results.of("a"), results.of("b"), str(results.of("bad"))) == ("A", "B", "why")
    assert len(calls) == 3
    assert not results.is_waiting


def test_what_is_not_asked_for_any_more_is_dropped_and_not_computed(results, background, computed):
    results.follow(["a"])
    background.finish()
    results.follow(["b"])
    assert results.of("a") is None
    results.follow(["c"])  # while b waits
    background.finish()
    assert computed == ["a", "c"]
    assert (results.of("b"), results.of("c")) == (None, "C")
    results.follow(["b"])
    background.finish()
    assert results.of("b") == "B"


def test_what_was_cancelled_comes_when_it_is_asked_for(results, background, computed):
    results.follow(["a"])
    background.cancel()
    results.follow(["a"])
    assert results.is_waiting
    assert not background.busy
    results.follow(["a"], asked=True)
    background.finish()
    assert computed == ["a"]
    assert not results.is_waiting


def test_what_is_large_is_held_back(results, background, computed):
    results.follow(["large", "a"], held=["large"])
    background.finish()
    assert computed == ["a"]
    assert results.is_waiting
    results.follow(["large", "a"], held=["large"], asked=True)
    background.finish()
    results.follow(["large", "a"], held=["large"])
    assert computed == ["a", "large"]
    assert results.of("large") == "LARGE"
