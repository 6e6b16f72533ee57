"""Steps, their end, and the progress of a part."""

import threading

import pytest

from napari_hydra.errors import Cancelled
from napari_hydra.progress import Progress, drain, drained, report_step, sub_progress, sub_steps


def counting(count=4):
    for number in range(count + 1):
        yield Progress(number / count, f"step {number}")
    return "all"


def test_progress_comes_in_order_and_the_result_at_the_end():
    reports = []
    assert drain(counting(2), lambda *step: reports.append(step)) == "all"
    assert reports == [(0.0, "step 0"), (0.5, "step 1"), (1.0, "step 2")]
    assert drain(counting()) == "all"


def test_steps_stop_at_the_next_one():
    cancel, reports = threading.Event(), []

    def progress(fraction, stage):
        reports.append(stage)
        if stage == "step 1":
            cancel.set()

    with pytest.raises(Cancelled):
        drain(counting(), progress, cancel)
    assert reports == ["step 0", "step 1"]


def test_what_is_cancelled_before_it_begins_does_nothing():
    cancel, begun = threading.Event(), []
    cancel.set()

    def steps():
        begun.append(True)
        yield Progress(0.0)

    with pytest.raises(Cancelled):
        drained(steps)(None, cancel)
    with pytest.raises(Cancelled):
        report_step(0.5, "writing", lambda *step: begun.append(step), cancel)
    assert begun == []


def test_part_of_steps_lies_between_its_bounds():
    def whole():
        yield Progress(0.0, "before")
        first = yield from sub_steps(counting(2), 0.2, 0.6)
        second = yield from sub_steps(sub_steps(counting(1), 0.5, 1.0), 0.6, 1.0)
        return first, second

    reports = []
    assert drain(whole(), lambda *step: reports.append(step)) == ("all", "all")
    assert [fraction for fraction, _ in reports] == pytest.approx([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert [stage for _, stage in reports] == ["before", "step 0", "step 1", "step 2", "step 0", "step 1"]


def test_part_of_a_callable_lies_between_its_bounds():
    reports = []

    def whole(fraction, stage):
        reports.append((fraction, stage))

    sub_progress(whole, 0.25, 0.75)(0.5, "writing")
    sub_progress(whole, 0.5, 1.0, "member 2/2, {}")(1.0, "step {3}")
    sub_progress(sub_progress(whole, 0.0, 0.5), 0.5, 1.0, "writing R1")(1.0, "writing")
    assert reports == [(0.5, "writing"), (1.0, "member 2/2, step {3}"), (0.5, "writing R1")]
    assert sub_progress(None, 0.0, 1.0) is None
