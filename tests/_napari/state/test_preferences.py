"""Preferences come from a file that anything may have written; each that cannot be used is as it was at first."""

import pytest

from napari_hydra._napari.state.preferences import Preferences, sound_preferences


def test_sound_ones_are_taken():
    chosen = {"window": 5, "statistic": "median", "level": 68, "tool": "ellipse", "table": False, "stretch": 10.0}
    assert vars(sound_preferences(chosen)) == chosen


@pytest.mark.parametrize(
    "bad",
    [
        *({"window": 4}, {"window": -1}, {"window": 10**9}, {"statistic": "mode"}, {"level": 0}, {"level": "90"}),
        *({"tool": ["lasso"]}, {"table": 1}, {"stretch": float("nan")}, {"stretch": 60}, {"window": None}),
    ],
)
def test_others_are_left_as_they_were(bad):
    assert sound_preferences(bad | {"later": 1}) == Preferences()
    assert sound_preferences({"tool": "ellipse"} | bad).tool == ("lasso" if "tool" in bad else "ellipse")


def test_what_is_no_table_is_no_preference():
    assert sound_preferences([1]) == Preferences()
