"""Where bands follow one another."""

from napari_hydra.spectra.segments import contiguous_segments


def parts(*arguments):
    return [part.tolist() for part in contiguous_segments(*arguments)]


def test_a_gap_parts_bands_and_an_uneven_step_does_not():
    assert parts([400, 410, 425, 430, 700, 710]) == [[0, 1, 2, 3], [4, 5]]
    assert parts([400, 500]) == [[0, 1]]
    assert parts([550]) == [[0]]


def test_each_detector_is_a_stretch_of_its_own():
    assert parts([400, 410, 415, 420, 425, 435], [0, 0, 1, 0, 1, 1]) == [[0, 1, 3], [2, 4, 5]]
