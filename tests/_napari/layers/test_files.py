"""Readers, writers and samples as napari uses them: real files, `ViewerModel` where no canvas is needed."""

from pathlib import Path

import numpy as np
import pytest
from latent_scene import latent_cube
from napari.components import ViewerModel
from npe2 import PluginManifest
from PIL import Image

from napari_hydra._napari.layers import guarded_cube
from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.readers import get_cube_reader, get_picture_reader
from napari_hydra._napari.layers.scene_layers import KEY, cube_layer_arguments, cube_of, is_cube, is_picture, stack_of
from napari_hydra.cube import make_cube, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.io import read_cube, write_cube, write_picture

PLUGIN = "napari-spectral-hydra"
MANIFEST = Path(__file__).parents[3] / "napari_hydra" / "napari.yaml"


@pytest.fixture
def viewer(npe2pm):
    """A viewer without a window, in a napari that knows this plugin alone."""
    with npe2pm.tmp_plugin(manifest=PluginManifest.from_file(MANIFEST)):
        yield ViewerModel()


# -- reading ---------------------------------------------------------------------------------------------------


def test_cube_is_opened_as_one_stack(viewer, measured, tmp_path):
    path = write_cube(measured, tmp_path / "scene.hdr")
    (layer,) = viewer.open(str(path), plugin=PLUGIN)
    assert is_cube(layer)
    assert layer.name == "scene"
    assert layer.data.shape == (31, 24, 32)
    assert tuple(layer.axis_labels) == ("wavelength", "y", "x")
    assert layer.contrast_limits[1] == pytest.approx(np.percentile(measured.values, 99.8), rel=0.05)
    back = cube_of(layer)
    np.testing.assert_allclose(back.values, measured.values, atol=1e-6)
    np.testing.assert_allclose(wavelengths_of(back), wavelengths_of(measured))
    assert np.shares_memory(back.values, layer.data)  # seen, not copied


def test_cube_keeps_detectors_bad_bands_and_widths(viewer, tmp_path):
    cube = make_cube(
        np.random.default_rng(0).random((4, 5, 6)),
        [400, 500, 600, 590, 700, 800],
        fwhm=[8, 9, 10, 11, 12, 13],
        bad_bands=[4],
        quantity="radiance",
    )
    layer = viewer.add_image(stack_of(cube), **cube_layer_arguments(cube, "overlap"))
    back = cube_of(layer)
    assert back.attrs["bad_bands"] == cube.attrs["bad_bands"]
    assert back.attrs["fwhm"] == cube.attrs["fwhm"]
    assert back.attrs["quantity"] == "radiance"
    np.testing.assert_array_equal(back["detector"], cube["detector"])


def test_picture_is_opened_in_colour_and_conversions_are_told(viewer, picture, tmp_path, notices):
    grey = tmp_path / "grey.png"
    Image.fromarray(picture[..., 0]).save(grey)
    (layer,) = viewer.open(str(grey), plugin=PLUGIN)
    assert is_picture(layer)
    np.testing.assert_array_equal(layer.data[..., 2], picture[..., 0])
    assert len(notices) == 1
    assert "grey" in notices[0][1]


def test_sixteen_bit_picture_stays_sixteen_bit(viewer, picture, tmp_path):
    path = tmp_path / "deep.png"
    write_picture(picture.astype(np.uint16) * 257, path)
    (layer,) = viewer.open(str(path), plugin=PLUGIN)
    assert layer.rgb
    assert layer.data.dtype == np.uint16


def test_foreign_files_are_left_to_others(tmp_path):
    foreign = tmp_path / "stack.tif"
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(foreign)
    array = tmp_path / "array.npy"
    np.save(array, np.zeros((3, 4, 5)))
    missing = tmp_path / "missing.hdr"
    for path in (foreign, array, missing, tmp_path):
        assert get_cube_reader(str(path)) is None, path
    header = tmp_path / "scene.hdr"
    write_cube(make_cube(np.ones((3, 4, 5)), [400, 450, 500, 550, 600]), header)
    assert get_cube_reader([str(header), str(foreign)]) is None
    assert get_picture_reader(str(header)) is None


def test_damaged_file_is_told_with_its_name(tmp_path):
    path = write_cube(make_cube(np.ones((3, 4, 5)), [400, 450, 500, 550, 600]), tmp_path / "scene.hdr")
    data = next(p for p in tmp_path.iterdir() if p.suffix != ".hdr")
    data.write_bytes(data.read_bytes()[:20])
    reader = get_cube_reader(str(path))
    assert reader is not None
    with pytest.raises(HydraError, match="scene"):
        reader(str(path))


# -- writing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".hdr", ".npz", ".mat", ".nc", ".zarr", ".tif"])
def test_reconstruction_is_saved_piece_by_piece_and_read_back(viewer, tmp_path, suffix, monkeypatch):
    latent = latent_cube()
    layer = viewer.add_image(
        GuardedCube(latent), contrast_limits=(0, 1), rgb=False, metadata={KEY: {"role": "estimate"}}
    )
    # Whoever decodes it whole is found out.
    monkeypatch.setattr(guarded_cube, "LARGEST_COPY", 10)
    written = layer.save(str(tmp_path / f"out{suffix}"), plugin=PLUGIN)
    assert written == [str(tmp_path / f"out{suffix}")]
    back = read_cube(written[0])
    np.testing.assert_allclose(back.values, np.moveaxis(np.asarray(latent), 0, -1), atol=1e-6)
    np.testing.assert_allclose(wavelengths_of(back), latent.wavelengths)


def test_measured_cube_is_saved_with_what_is_known_of_it(viewer, measured, tmp_path):
    fields = ("UTM", "1", "1", "500000", "6000000", "30", "30", "32", "North", "WGS-84")
    placed = measured.assign_attrs(map_info={"fields": fields, "size": measured.shape[:2]})
    layer = viewer.add_image(stack_of(placed), **cube_layer_arguments(placed, "scene"))
    (written,) = layer.save(str(tmp_path / "out.hdr"), plugin=PLUGIN)
    back = read_cube(written)
    np.testing.assert_allclose(back.values, measured.values, atol=1e-6)
    assert back.attrs["quantity"] == "reflectance"
    assert tuple(back.attrs["map_info"]["fields"]) == fields


def test_layer_without_wavelengths_is_refused(viewer, tmp_path):
    layer = viewer.add_image(np.zeros((3, 4, 5)), name="plain")
    with pytest.raises(OSError, match="plain has no wavelengths"):
        layer.save(str(tmp_path / "out.hdr"), plugin=PLUGIN)
    assert list(tmp_path.iterdir()) == []


# -- large reconstructions -------------------------------------------------------------------------------------


def test_band_after_band_is_decoded_alone(viewer):
    latent = latent_cube()
    layer = viewer.add_image(GuardedCube(latent), contrast_limits=(0, 1), rgb=False)
    for band in (0, 7, 30):
        viewer.dims.set_current_step(0, band)
        layer.refresh()
        np.testing.assert_allclose(layer._slice.image.raw, latent.band(band), rtol=1e-6)


def test_whole_copy_of_a_large_reconstruction_is_refused_with_a_remedy(monkeypatch):
    latent = latent_cube()
    cube = GuardedCube(latent)
    np.testing.assert_array_equal(np.asarray(cube), np.asarray(latent))
    monkeypatch.setattr(guarded_cube, "LARGEST_COPY", cube.nbytes - 1)
    for whole in (np.asarray, np.max, lambda c: np.asarray(c[:]), lambda c: c[[0, 1]], lambda c: c.astype(float)):
        with pytest.raises(HydraError, match="Export"):
            whole(cube)
    np.testing.assert_array_equal(np.asarray(cube[4]), latent.band(4))
    assert cube[2:4, 1:3].shape == (2, 2, 32)
    np.testing.assert_array_equal(cube.spectrum(3, 4), latent.spectrum(3, 4))


# -- samples ---------------------------------------------------------------------------------------------------


def test_color_checker_sample_is_a_picture_with_its_truth(viewer):
    truth, picture = viewer.open_sample(PLUGIN, "color_checker")
    assert is_picture(picture)
    assert is_cube(truth)
    assert picture.data.shape[:2] == truth.data.shape[1:]
    assert not truth.visible


def test_photograph_sample_is_a_picture(viewer):
    (picture,) = viewer.open_sample(PLUGIN, "photograph")
    assert is_picture(picture)
    assert min(picture.data.shape[:2]) > 100
