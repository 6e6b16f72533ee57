"""Regions of ENVI, ImageJ and masks."""

import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_hydra import HydraError, read_regions

SHAPE = (6, 8)

ENVI = """; ENVI Output of ROIs (5.6)
; Number of ROIs: 2
; File Dimension: {size}
;
; ROI name: white panel
; ROI rgb value: {{255, 0, 0}}
; ROI npts: 3
; ROI name: soil
; ROI rgb value: {{0, 255, 0}}
; ROI npts: 1
;   ID    X    Y      B1
     1    1    1   0.5
     2    2    1   0.5
     3    8    6   0.5

     1    3    4   0.1
"""


def test_envi_text_counts_from_one(tmp_path):
    path = tmp_path / "rois.txt"
    path.write_text(ENVI.format(size="8 x 6"))
    found = read_regions(path, SHAPE)
    assert found.names == ("white panel", "soil")
    assert np.argwhere(found.regions[0].mask).tolist() == [[0, 0], [0, 1], [5, 7]]
    assert np.argwhere(found.regions[1].mask).tolist() == [[3, 2]]
    assert found.regions[0].colour == "#ff0000"


def test_envi_text_of_another_scene_or_too_short_is_refused(tmp_path):
    path = tmp_path / "rois.txt"
    path.write_text(ENVI.format(size="9 x 6"))
    with pytest.raises(HydraError, match="9 x 6 pixels, but the scene is 8 x 6"):
        read_regions(path, SHAPE)
    path.write_text(ENVI.format(size="8 x 6").rsplit("\n", 2)[0])
    with pytest.raises(HydraError, match="hold 4 pixels, but lists 3"):
        read_regions(path, SHAPE)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, bool])
def test_a_mask_of_tiff_has_a_region_for_each_label(tmp_path, dtype):
    labels = np.zeros(SHAPE, dtype=int)
    labels[1:3, 1:4] = 1
    labels[4:, 5:] = 1 if dtype is bool else 7
    tifffile.imwrite(tmp_path / "fields.tif", labels.astype(dtype), photometric="minisblack")
    found = read_regions(tmp_path / "fields.tif", SHAPE)
    assert found.names == (("fields",) if dtype is bool else ("fields 1", "fields 7"))
    np.testing.assert_array_equal(np.any([one.mask for one in found.regions], axis=0), labels > 0)


def test_a_mask_of_png(tmp_path):
    plane = np.zeros(SHAPE, np.uint8)
    plane[2, 3] = 255
    Image.fromarray(plane).save(tmp_path / "tarp.png")
    (found,) = read_regions(tmp_path / "tarp.png", SHAPE).regions
    assert found.name == "tarp"
    np.testing.assert_array_equal(found.mask, plane > 0)


@pytest.mark.parametrize(
    ("plane", "words"),
    [
        (np.ones((5, 8), np.uint8), "8 x 5 pixels, but the scene is 8 x 6"),
        (np.zeros(SHAPE, np.uint8), "0 everywhere"),
        (np.linspace(0, 1, 48, dtype=np.float32).reshape(SHAPE), "fractions"),
        (np.ones((3, *SHAPE), np.uint8), "one plane"),
    ],
)
def test_pictures_are_no_masks(tmp_path, plane, words):
    tifffile.imwrite(tmp_path / "a.tif", plane, photometric="minisblack")
    with pytest.raises(HydraError, match=words):
        read_regions(tmp_path / "a.tif", SHAPE)


def test_at_most_256_labels(tmp_path):
    for count in (256, 257):
        labels = np.arange(1, 1 + 400).reshape(20, 20)
        labels[labels > count] = 0
        tifffile.imwrite(tmp_path / f"{count}.tif", labels.astype(np.uint16), photometric="minisblack")
    assert len(read_regions(tmp_path / "256.tif", (20, 20)).regions) == 256
    with pytest.raises(HydraError, match="257 labels"):
        read_regions(tmp_path / "257.tif", (20, 20))


class TestImageJ:
    """Files that roifile writes, as ImageJ does."""

    @pytest.fixture
    def roifile(self):
        return pytest.importorskip("roifile")

    def test_polygon_counts_from_the_corner(self, roifile, tmp_path):
        roi = roifile.ImagejRoi.frompoints([[1, 1], [4, 1], [4, 3], [1, 3]], name="panel")
        roi.roitype = roifile.ROI_TYPE.POLYGON
        roi.tofile(tmp_path / "panel.roi")
        found = read_regions(tmp_path / "panel.roi", SHAPE)
        mask = np.zeros(SHAPE, dtype=bool)
        mask[1:3, 1:4] = True
        assert found.names == ("panel",)
        np.testing.assert_array_equal(found.regions[0].mask, mask)

    def test_rectangle_oval_line_and_archive(self, roifile, tmp_path):
        kinds = roifile.ROI_TYPE
        for name, kind in (("box", kinds.RECT), ("disc", kinds.OVAL), ("edge", kinds.LINE)):
            roi = roifile.ImagejRoi(roitype=kind, top=1, left=2, bottom=5, right=6, name=name)
            roi.tofile(tmp_path / "set.zip", mode="a")
        found = read_regions(tmp_path / "set.zip", SHAPE)
        assert found.names == ("box", "disc")
        assert [one.kind for one in found.regions] == ["rectangle", "ellipse"]
        box, disc = (one.mask for one in found.regions)
        assert np.argwhere(box).min(axis=0).tolist() == [1, 2]
        assert np.argwhere(box).max(axis=0).tolist() == [4, 5]
        assert (box.sum(), disc.sum()) == (16, 12)
        assert found.left_out == ("edge is a selection of type line and encloses no pixels",)


def test_imagej_without_roifile_says_how(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "roifile", None)
    (tmp_path / "a.roi").write_bytes(b"Iout" + bytes(60))
    with pytest.raises(HydraError, match=r"napari-spectral-hydra\[roi\]"):
        read_regions(tmp_path / "a.roi", SHAPE)


def test_anything_else_is_refused(tmp_path):
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(HydraError, match="holds no regions; give GeoJSON, ENVI ROI text, ImageJ ROI or mask"):
        read_regions(tmp_path / "a.txt", SHAPE)
