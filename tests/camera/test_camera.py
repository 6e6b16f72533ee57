"""The camera against the shared protocol, published curves and analytic cases."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_hydra.camera import (
    Camera,
    camera_names,
    curve_names,
    decode_curve,
    encode_curve,
    get_camera,
    illuminant_names,
    linearise,
    render,
    render_array,
)
from napari_hydra.camera.tables import colour_tables, read_sensitivities, write_colour_tables
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError

PROTOCOL = Path(__file__).parents[2] / ".." / "shared" / "eval" / "protocol.py"
VISIBLE = np.arange(400.0, 701.0, 10.0)
GRIDS = {
    "indoor": VISIBLE,
    "airborne": np.linspace(430.0, 860.0, 102),
    "uneven": np.concatenate([np.linspace(383.0, 690.0, 60), np.linspace(702.0, 1280.0, 50)]),
}


@pytest.fixture(scope="module")
def shared_protocol():
    if not PROTOCOL.is_file():
        pytest.skip("the shared protocol is not beside this repository")
    spec = importlib.util.spec_from_file_location("shared_protocol", PROTOCOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _reflectances(bands, seed=0):
    rng = np.random.default_rng(seed)
    return np.abs(np.cumsum(rng.normal(0, 0.05, (24, 20, bands)), axis=-1)).astype(np.float32)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize(("ours", "theirs"), [("srgb", "srgb"), ("nikon-5100", "nikon")])
def test_response_equals_the_protocol(shared_protocol, grid, ours, theirs):
    expected = shared_protocol.response(GRIDS[grid], theirs)
    np.testing.assert_allclose(get_camera(ours).response(GRIDS[grid]), expected, rtol=0, atol=1e-12)


def test_srgb_curve_equals_the_protocol(shared_protocol):
    linear = np.linspace(-0.1, 1.1, 4001)
    np.testing.assert_allclose(encode_curve(linear), shared_protocol.oetf(linear), rtol=0, atol=1e-12)


@pytest.mark.parametrize("grid", GRIDS)
def test_pictures_equal_the_protocol(shared_protocol, grid):
    wavelengths = GRIDS[grid]
    values = _reflectances(len(wavelengths))
    for track, camera, options in (
        ("srgb", "srgb", {}),
        ("camera", "nikon-5100", {}),
        ("srgb-jpeg", "srgb", {"noise_electrons": 2000, "jpeg_quality": 85, "seed": 3}),
    ):
        picture, target = shared_protocol.render(values, wavelengths, track, seed=3)
        ours = render_array(values, wavelengths, camera, **options)
        np.testing.assert_array_equal(ours.picture, picture, err_msg=track)
        assert ours.picture.dtype == picture.dtype
        np.testing.assert_allclose(ours.gain * values, target, rtol=1e-6)


def test_shipped_tables_are_those_of_colour_science(tmp_path):
    write_colour_tables(tmp_path / "again.npz")
    with np.load(tmp_path / "again.npz") as again:
        assert set(again.files) == set(colour_tables())
        for name in again.files:
            np.testing.assert_array_equal(again[name], colour_tables()[name], err_msg=name)


def test_import_is_light():
    code = (
        "import sys, napari_hydra.camera, napari_hydra.camera as c; c.get_camera('nikon-5100', 'A').response("
        "range(400, 701, 10)); print(*[m for m in ('colour', 'scipy', 'torch', 'qtpy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("camera", camera_names())
@pytest.mark.parametrize("illuminant", ["D65", "A", "FL3.7", "HP1", "LED-RGB1"])
def test_white_is_white_under_any_light(camera, illuminant):
    response = get_camera(camera, illuminant).response(np.arange(380.0, 781.0, 5.0))
    np.testing.assert_allclose(np.ones(81) @ response, 1, atol=1e-12)


def test_every_light_gives_finite_responses():
    assert len(illuminant_names()) >= 50
    for illuminant in illuminant_names():
        response = get_camera("srgb", illuminant).response(VISIBLE)
        assert np.isfinite(response).all(), illuminant
        # Chromatic adaptation keeps the colours near those under daylight: none of the channels explodes.
        assert np.abs(response).sum(0).max() < 4, illuminant


def test_unbalanced_camera_sees_lamp_light_orange():
    lamp = np.ones(31) @ get_camera("srgb", "A", white_balance=False).response(VISIBLE)
    # sRGB of illuminant A (x = 0.4476, y = 0.4074) at Y = 1, relative to D65 white.
    x, y, z = 0.44757 / 0.40745, 1.0, (1 - 0.44757 - 0.40745) / 0.40745
    expected = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    np.testing.assert_allclose(lamp, expected @ [x, y, z], atol=0.02)
    daylight = np.ones(31) @ get_camera("srgb", "D65", white_balance=False).response(VISIBLE)
    np.testing.assert_allclose(daylight, 1, atol=1e-12)
    sensor = np.ones(31) @ get_camera("nikon-5100", "A", white_balance=False).response(VISIBLE)
    assert sensor[0] > 1.5 > sensor[1] == pytest.approx(1)
    assert sensor[2] < 0.7


def test_red_paint_stays_red_under_lamp_light():
    red = 1 / (1 + np.exp(-(VISIBLE - 600) / 10))
    under_lamp = red @ get_camera("srgb", "A").response(VISIBLE)
    assert under_lamp[0] > 3 * max(under_lamp[1], under_lamp[2], 0)


def test_names_are_forgiving_and_wrong_ones_are_named():
    assert get_camera("Nikon 5100 (NPL)") == get_camera("nikon-5100")
    assert get_camera("sRGB", "f2").illuminant == "FL2"
    assert get_camera("srgb", "led-b1").illuminant == "LED-B1"
    assert get_camera(get_camera("nikon-5100"), "A", bits=16).white_level == 65535
    with pytest.raises(HydraError, match=r"'leica'.*nikon-5100"):
        get_camera("leica")
    with pytest.raises(HydraError, match=r"illuminant 'D66'.*D65"):
        get_camera("srgb", "D66")
    with pytest.raises(HydraError, match=r"curve 'log'.*bt709"):
        get_camera("srgb", curve="log")
    with pytest.raises(HydraError, match="24 bits"):
        get_camera("srgb", bits=24)


@pytest.mark.parametrize("curve", curve_names())
def test_curves_are_inverted_exactly(curve):
    linear = np.concatenate([np.linspace(0, 0.02, 2001), np.linspace(0, 1, 4097)])
    encoded = encode_curve(linear, curve)
    np.testing.assert_allclose(decode_curve(encoded, curve), linear, atol=1e-12)
    levels = np.arange(4096) / 4095
    np.testing.assert_allclose(encode_curve(decode_curve(levels, curve), curve), levels, atol=1e-7)
    assert (np.diff(encode_curve(np.linspace(0, 1, 100001), curve)) > 0).all()


def test_curves_have_their_published_values():
    assert encode_curve(0.18, "srgb") == pytest.approx(0.46135612950, abs=1e-9)
    assert encode_curve(0.18, "bt709") == pytest.approx(1.099 * 0.18**0.45 - 0.099, abs=5e-4)
    assert encode_curve(0.18, "gamma 2.2") == pytest.approx(0.18 ** (1 / 2.2), abs=1e-12)
    assert encode_curve(0.5, "linear") == 0.5


def _write_csv(path, header, delimiter=",", order=(0, 1, 2, 3)):
    table = colour_tables()["camera/nikon-5100"][:, list(order)]
    lines = ([header] if header else []) + [delimiter.join(f"{v:.9g}" for v in row) for row in table]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("header", "delimiter", "order"),
    [
        ("", ",", (0, 1, 2, 3)),
        ("wavelength,R,G,B", ",", (0, 1, 2, 3)),
        ("# a comment", "\t", (0, 1, 2, 3)),
        ("blue;green;red;nm", ";", (3, 2, 1, 0)),
    ],
)
def test_a_table_of_ones_own(tmp_path, header, delimiter, order):
    path = _write_csv(tmp_path / "mine.csv", header, delimiter, order)
    mine = get_camera(path)
    assert (mine.name, mine.curve, mine.bits) == ("mine", "linear", 12)
    np.testing.assert_allclose(mine.response(VISIBLE), get_camera("nikon-5100").response(VISIBLE), rtol=0, atol=1e-8)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("400,1,1\n410,1,1\n420,1,1\n", "line 1: 3 numbers"),
        ("w,r,g,b\n400,1,1,1\n410,1,x,1\n", "line 3: '410,1,x,1'"),
        ("400,1,1,1\n410,1,1,1\n", "at least 3"),
        ("0.40,1,1,1\n0.55,1,1,1\n0.70,1,1,1\n", "nanometres"),
        ("400,1,1,1\n400,1,1,1\n700,1,1,1\n", "twice"),
        ("400,1,-1,1\n500,1,1,1\n700,1,1,1\n", "negative"),
        ("400,1,nan,1\n500,1,1,1\n700,1,1,1\n", "not finite"),
        ("400,1,0,1\n500,1,0,1\n700,1,0,1\n", "without any sensitivity"),
        ("", "holds 0 wavelengths"),
    ],
)
def test_a_broken_table_is_refused(tmp_path, text, message):
    path = tmp_path / "broken.csv"
    path.write_text(text)
    with pytest.raises(HydraError, match=message) as caught:
        get_camera(path)
    assert "broken.csv" in str(caught.value)


def test_an_unreadable_table_is_refused(tmp_path):
    with pytest.raises(HydraError, match=r"absent\.csv cannot be read: No such file"):
        read_sensitivities(tmp_path / "absent.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x80" * 10)
    with pytest.raises(HydraError, match="not a text file"):
        read_sensitivities(tmp_path / "binary.csv")


def test_render_leaves_out_bad_bands_and_missing_pixels():
    values = _reflectances(31)
    clean = render_array(np.delete(values, 5, axis=-1), np.delete(VISIBLE, 5))
    values[..., 5] = np.nan
    cube = make_cube(values, VISIBLE, bad_bands=[5])
    np.testing.assert_array_equal(render(cube).picture, clean.picture)

    values = _reflectances(31)
    whole = render(make_cube(values, VISIBLE), exposure=1.0)
    values[3, 4] = np.nan
    holed = render(make_cube(values, VISIBLE, ignore_value=-9999), exposure=1.0)
    assert (holed.picture[3, 4] == 0).all()
    holed.picture[3, 4] = whole.picture[3, 4]
    np.testing.assert_array_equal(holed.picture, whole.picture)
    assert np.isfinite(render(make_cube(values, VISIBLE, ignore_value=-9999)).gain)
    with pytest.raises(HydraError, match=r"scene\.hdr has NaN .* 1 pixels"):
        render(make_cube(values, VISIBLE, source="scene.hdr"))


def test_render_reads_only_the_visible_of_a_lazy_cube():
    import dask.array as da

    read = []

    def block(block_info=None):
        location = block_info[None]["array-location"][2]
        read.append(location)
        return np.full((8, 8, location[1] - location[0]), 0.5, np.float32)

    lazy = da.map_blocks(block, chunks=((8,), (8,), (10,) * 20), dtype=np.float32, meta=np.empty((0, 0, 0), np.float32))
    cube = make_cube(lazy, np.linspace(400, 2400, 200))
    read.clear()
    render(cube)
    assert read
    assert max(stop for _, stop in read) <= 50


def test_exposure_and_clipping():
    cube = make_cube(np.linspace(0, 1, 64).reshape(8, 8, 1) * np.ones(31), VISIBLE)
    auto = render(cube)
    assert auto.gain == pytest.approx(0.95 / np.percentile(np.linspace(0, 1, 64), 99.5))
    assert not auto.clipped.any()
    double = render(cube, exposure=2 * auto.gain)
    assert double.gain == 2 * auto.gain
    assert double.clipped.sum() == (np.linspace(0, 1, 64) * double.gain >= 1).sum() > 10
    assert render(cube, exposure=None).gain == 1
    # An 8-bit picture read back is the light, to half a step of the encoded value.
    linear = linearise(auto.picture)
    back = get_camera().encode(linear[..., 1]) - get_camera().encode(np.linspace(0, 1, 64).reshape(8, 8) * auto.gain)
    assert np.abs(back).max() <= 0.5 / 255 + 1e-6


def test_photon_noise_has_the_variance_of_its_light():
    cube = make_cube(np.full((200, 200, 31), 0.4), VISIBLE)
    camera = get_camera("nikon-5100", bits=16)
    light = linearise(render(cube, camera, exposure=1.0, noise_electrons=1000).picture, camera)
    assert light.mean() == pytest.approx(0.4, abs=5e-4)
    assert light.var() == pytest.approx(0.4 / 1000, rel=0.03)
    again = render(cube, camera, exposure=1.0, noise_electrons=1000)
    np.testing.assert_array_equal(linearise(again.picture, camera), light)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exposure": 0.0}, "exposure of 0.0"),
        ({"exposure": "bright"}, "exposure of bright"),
        ({"exposure": float("nan")}, "exposure of nan"),
        ({"noise_electrons": 0.0}, "full well"),
        ({"jpeg_quality": 300}, "quality 300"),
        ({"camera": "nikon-5100", "jpeg_quality": 85}, "12 bits"),
    ],
)
def test_render_refuses_impossible_options(options, message):
    with pytest.raises(HydraError, match=message):
        render(make_cube(np.ones((2, 2, 31)), VISIBLE), **options)


@pytest.mark.parametrize(
    "wavelengths", [np.linspace(900, 1700, 50), np.linspace(500, 900, 41), np.linspace(380, 480, 20), [450, 650]]
)
def test_a_cube_without_the_visible_has_no_picture(wavelengths):
    cube = make_cube(np.ones((2, 2, len(wavelengths))), wavelengths, source="infrared.hdr")
    with pytest.raises(HydraError, match=r"infrared\.hdr: Bands from .* do not cover the visible"):
        render(cube)


def test_a_black_cube_has_no_exposure():
    with pytest.raises(HydraError, match=r"dark\.hdr: .*black"):
        render(make_cube(np.zeros((2, 2, 31)), VISIBLE, source="dark.hdr"))


def test_linearise_reads_every_depth():
    eight = np.arange(256, dtype=np.uint8)[:, None, None] * np.ones(3, np.uint8)
    np.testing.assert_allclose(linearise(eight)[:, 0, 0], decode_curve(np.arange(256) / 255), atol=1e-7)
    twelve = (np.arange(4096, dtype=np.uint16)[:, None, None] * np.ones(3, np.uint16)).astype(np.uint16)
    light = linearise(twelve, "nikon-5100", white_level=4095)
    assert light.dtype == np.float32
    np.testing.assert_allclose(light[:, 0, 1], np.arange(4096) / 4095, atol=1e-7)
    np.testing.assert_allclose(linearise(twelve, "nikon-5100")[:, 0, 1], np.arange(4096) / 65535, atol=1e-7)
    floats = np.linspace(0, 1, 48).reshape(4, 4, 3)
    np.testing.assert_allclose(linearise(floats), decode_curve(floats), atol=1e-7)
    np.testing.assert_allclose(linearise(floats * 4095, white_level=4095), decode_curve(floats), atol=1e-6)


@pytest.mark.parametrize(
    ("picture", "white_level", "message"),
    [
        (np.full((2, 2, 3), 1.5), None, "from 1.5 to 1.5, outside 0 to 1.*white level"),
        (np.full((2, 2, 3), -0.1), None, "outside 0 to 1"),
        (np.full((2, 2, 3), 4096, np.uint16), 4095, "outside 0 to 4095"),
        (np.full((2, 2, 3), np.nan), None, "NaN"),
        (np.full((2, 2, 3), np.inf), None, "NaN or infinite"),
        (np.zeros((2, 2, 3)), 0, "white level of 0"),
        (np.zeros((2, 2)), None, r"shape \(2, 2\)"),
        (np.zeros((0, 2, 3)), None, r"shape \(0, 2, 3\)"),
        (np.zeros((2, 2, 3), np.int32), None, "int32"),
    ],
)
def test_linearise_refuses_what_is_no_picture(picture, white_level, message):
    with pytest.raises(HydraError, match=message):
        linearise(picture, "srgb", white_level)


def test_a_one_pixel_cube_has_a_picture():
    rendering = render(make_cube(np.full((1, 1, 31), 0.3), VISIBLE))
    assert rendering.picture.shape == (1, 1, 3)
    assert rendering.gain == pytest.approx(0.95 / 0.3)


def test_a_camera_is_a_value():
    assert isinstance(get_camera(), Camera)
    assert get_camera() == get_camera("srgb", "D65")
    assert hash(get_camera()) == hash(get_camera("srgb", "d65"))
    response = get_camera().response(VISIBLE)
    response[:] = 0  # a caller's own copy
    assert get_camera().response(VISIBLE).any()
