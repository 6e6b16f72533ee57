"""The error as a lazy stack: every way to index it gives the same values as computing it whole."""

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, truth_of

from napari_hydra._napari.compare.error_stack import ErrorStack
from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.writers import write_cube_layer
from napari_hydra.lazy_array import LazyArray


@pytest.fixture
def stacks():
    estimate = latent_cube()
    offset = np.linspace(-0.2, 0.2, 31)
    truth = truth_of(estimate, offset=offset).data.transpose(2, 0, 1)
    return {kind: ErrorStack(kind, estimate, truth) for kind in ("difference", "side")}


def test_values(stacks):
    offset = np.linspace(-0.2, 0.2, 31)[:, None, None]
    difference = np.asarray(stacks["difference"])
    assert difference.shape == stacks["difference"].shape == (31, HEIGHT, WIDTH)
    np.testing.assert_allclose(difference, np.broadcast_to(-offset, difference.shape), atol=1e-6)
    side = np.asarray(stacks["side"])
    low, high = stacks["side"].estimate.interval(10, 20)
    truth = stacks["side"].truth[:, 10, 20]
    np.testing.assert_array_equal(side[:, 10, 20], (truth > high).astype(int) - (truth < low))
    assert set(np.unique(side)) == {-1, 0, 1}


@pytest.mark.parametrize(
    "key", [7, -1, (slice(2, 9, 3), 4), (3, slice(None), 5), (..., 2), (slice(None), slice(1, 5), slice(None, None, 2))]
)
@pytest.mark.parametrize("kind", ["difference", "side"])
def test_indexing_is_that_of_the_whole(stacks, kind, key):
    part = stacks[kind][key]
    assert isinstance(part, LazyArray)
    expected = np.asarray(stacks[kind])[key]
    assert part.shape == expected.shape
    np.testing.assert_allclose(np.asarray(part), expected, atol=1e-6)


def test_views_of_views_and_wrong_indices(stacks):
    stack = stacks["difference"]
    np.testing.assert_allclose(np.asarray(stack[4:, 3][2]), np.asarray(stack)[4:, 3][2], atol=1e-6)
    assert (stack.ndim, stack[3].ndim, len(stack[3])) == (3, 2, HEIGHT)
    with pytest.raises(IndexError):
        stack[31]


def test_missing_truth_is_neither_inside_nor_outside(stacks):
    for stack in stacks.values():
        stack.truth[5, 2, 3] = np.nan
        assert np.isnan(np.asarray(stack[5])[2, 3])


def test_errors_are_not_written_as_a_cube(stacks, tmp_path):
    noted = {"name": "errors", "metadata": {"napari_hydra": {"wavelengths_nm": tuple(range(31))}}}
    with pytest.raises(OSError, match="ErrorStack cannot be written as a cube"):
        write_cube_layer(str(tmp_path / "errors.hdr"), GuardedCube(stacks["difference"]), noted)
    assert not list(tmp_path.iterdir())
