"""Two scenes to begin with: a chart whose every spectrum is known, and a photograph.

The chart is built from the reflectances of N. Ohta, "The basis of color reproduction engineering" (1997), as
colour-science carries them: surfaces, light and shadow are made by code, spectra are measured ones and their mixtures.
"""

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.camera import render
from napari_hydra.camera.tables import colour_tables, sample, table_names
from napari_hydra.cube import make_cube

Floats = NDArray[np.float64]

SAMPLE_MARK = "sample: "  # before the key of a sample, where others name the file that a picture came from
SAMPLES = ("color_checker", "photograph")  # their keys
CHART_SOURCE = "ColorChecker scene"
HEIGHT, WIDTH = 192, 256
WAVELENGTHS = np.arange(400.0, 701.0, 10.0)
_FINE = 2  # each pixel is the mean of 2 x 2 finer ones, so that edges hold mixtures as in a real camera
_SEED = 24
_LIGHT = np.array([-0.55, -0.45, 0.7]) / np.linalg.norm([-0.55, -0.45, 0.7])  # x right, y down, z to the camera
_AMBIENT = 0.3

# The chart, in pixels: centre, half size, turn in degrees and the pitch of its patches.
_CHART_X, _CHART_Y, _CHART_HALF_W, _CHART_HALF_H, _CHART_TURN = 92.0, 70.0, 81.0, 56.0, -4.0
_PITCH, _PATCH = 26.0, 22.0

# Balls that lie on the table: centre x, y, radius in pixels, and two patches of which their skin is mixed.
_BALLS = (
    (212.0, 52.0, 29.0, "orange", "red"),
    (200.0, 138.0, 36.0, "yellow green", "moderate red"),
    (134.0, 158.0, 20.0, "blue flower", "magenta"),
    (84.0, 162.0, 16.0, "orange yellow", "yellow"),
    (40.0, 160.0, 19.0, "bluish green", "blue"),
)


def color_checker() -> tuple[NDArray[np.uint8], xr.DataArray]:
    """Return a scene with a ColorChecker: its picture and the cube it was taken of.

    A chart in shaded light with a shadow across it, and balls in mixtures of its colours on a table.

    Returns
    -------
    picture : (192, 256, 3) array of uint8
        sRGB under D65.
    cube : xarray.DataArray
        (192, 256, 31) reflectance, light and shadow included, 400 to 700 nm in steps of 10 nm.
        ``attrs["picture_gain"]`` is the gain of the picture: see `napari_hydra.camera.Rendering`.
    """
    y, x = (np.mgrid[: HEIGHT * _FINE, : WIDTH * _FINE] + 0.5) / _FINE - 0.5
    rng = np.random.default_rng(_SEED)
    surface = _table(rng)
    on_chart = _draw_chart(surface, x, y, rng)
    light = _falloff(x, y) * (1 - (1 - _AMBIENT) * _shadow_of_balls(x, y))
    light *= np.where(on_chart, 1 - 0.55 * _shadow_across(x, y), 1)
    highlight = np.zeros_like(light)
    for ball in _BALLS:
        _draw_ball(surface, light, highlight, x, y, ball, rng)
    values = surface * light[..., None] + highlight[..., None]
    values = values.reshape(HEIGHT, _FINE, WIDTH, _FINE, -1).mean(axis=(1, 3))
    cube = make_cube(
        values,
        WAVELENGTHS,
        quantity="reflectance",
        source=CHART_SOURCE,
        history=("built from the reflectances of the ColorChecker (N. Ohta), shading and shadow simulated",),
    )
    taken = render(cube, "srgb")
    cube.attrs["picture_gain"] = taken.gain
    return taken.picture.astype(np.uint8), cube


def color_checker_patches() -> dict[str, tuple[int, int]]:
    """Return where the centre (y, x) of each patch of `color_checker` lies, by the patch's name."""
    turn = np.radians(_CHART_TURN)
    centres = {}
    for number, name in enumerate(table_names("colorchecker")):
        row, column = divmod(number, 6)
        u, v = (column - 2.5) * _PITCH, (row - 1.5) * _PITCH
        x = _CHART_X + u * np.cos(turn) - v * np.sin(turn)
        y = _CHART_Y + u * np.sin(turn) + v * np.cos(turn)
        centres[name] = (round(y), round(x))
    return centres


def photograph() -> NDArray[np.uint8]:
    """Return a photograph without a truth, (512, 512, 3) uint8: the astronaut of scikit-image (NASA, public domain)."""
    from skimage.data import astronaut

    return np.asarray(astronaut(), dtype=np.uint8)


def _spectrum(name: str) -> Floats:
    return sample(colour_tables()[f"colorchecker/{name}"], WAVELENGTHS)[:, 0]


def _table(rng: np.random.Generator) -> Floats:
    """Return the table's reflectance: a grained mixture of browns, (h, w, B)."""
    shape = (HEIGHT * _FINE, WIDTH * _FINE)
    grain = _noise(rng, shape, (60, 5)) * 0.6 + _noise(rng, shape, (160, 12)) * 0.4
    share = np.clip(0.5 + 0.45 * grain, 0, 1)[..., None]
    light = 0.45 * _spectrum("light skin") + 0.2 * _spectrum("neutral 5 (.70 D)")
    dark = 0.8 * _spectrum("dark skin") + 0.2 * _spectrum("neutral 3.5 (1.05 D)")
    return np.asarray((share * light + (1 - share) * dark) * (1 + 0.03 * rng.standard_normal((*shape, 1))))


def _draw_chart(surface: Floats, x: Floats, y: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw the board and its 24 patches; return where the board is."""
    turn = np.radians(_CHART_TURN)
    u = (x - _CHART_X) * np.cos(turn) + (y - _CHART_Y) * np.sin(turn)
    v = -(x - _CHART_X) * np.sin(turn) + (y - _CHART_Y) * np.cos(turn)
    board = (np.abs(u) < _CHART_HALF_W) & (np.abs(v) < _CHART_HALF_H)
    surface[board] = 1.1 * _spectrum("black 2 (1.5 D)")
    for number, name in enumerate(table_names("colorchecker")):
        row, column = divmod(number, 6)
        inside = np.maximum(np.abs(u - (column - 2.5) * _PITCH), np.abs(v - (row - 1.5) * _PITCH)) < _PATCH / 2
        surface[inside] = _spectrum(name)
    surface[board] *= 1 + 0.015 * rng.standard_normal((int(board.sum()), 1))
    return np.asarray(board)


def _draw_ball(
    surface: Floats,
    light: Floats,
    highlight: Floats,
    x: Floats,
    y: Floats,
    ball: tuple[float, float, float, str, str],
    rng: np.random.Generator,
) -> None:
    """Draw a ball's skin, its Lambertian shading and its gloss over what lies behind it."""
    centre_x, centre_y, radius, first, second = ball
    dx, dy = (x - centre_x) / radius, (y - centre_y) / radius
    inside = dx**2 + dy**2 < 1
    normal = np.stack([dx[inside], dy[inside], np.sqrt(1 - dx[inside] ** 2 - dy[inside] ** 2)], axis=-1)
    facing = np.maximum(normal @ _LIGHT, 0)
    blotches = _noise(rng, surface.shape[:2], (10, 14))[inside]
    share = 1 / (1 + np.exp(-4 * (0.7 * dx[inside] + 0.6 * blotches)))[:, None]
    skin = (1 - share) * _spectrum(first) + share * _spectrum(second)
    surface[inside] = skin * (1 + 0.02 * rng.standard_normal((len(skin), 1)))
    light[inside] = (_AMBIENT + (1 - _AMBIENT) * facing / _LIGHT[2]) * _falloff(x, y)[inside]
    half = _LIGHT + np.array([0.0, 0.0, 1.0])
    gloss = np.maximum(normal @ half / np.linalg.norm(half), 0) ** 60  # Blinn 1977
    highlight[inside] = 0.35 * gloss  # in the colour of the light, whatever the skin


def _falloff(x: Floats, y: Floats) -> Floats:
    """Return the light on the table, strongest towards the lamp at the upper left."""
    return np.asarray(0.62 + 0.38 * np.exp(-((x - 70) ** 2 + (y - 50) ** 2) / (2 * 130.0**2)))


def _shadow_of_balls(x: Floats, y: Floats) -> Floats:
    """Return how far the table is in the shadow of a ball, 0 to 1."""
    shadow = np.zeros_like(x)
    for centre_x, centre_y, radius, *_ in _BALLS:
        to_centre = np.stack([centre_x - x, centre_y - y, np.full_like(x, radius)], axis=-1)
        distance = np.linalg.norm(np.cross(to_centre, _LIGHT), axis=-1) / radius
        shadow = np.maximum(shadow, _step(1.15 - distance, 0.3))
    return shadow


def _shadow_across(x: Floats, y: Floats) -> Floats:
    """Return how far the chart is in the shadow of a bar above it, 0 to 1."""
    across = (x - 128) * np.cos(np.radians(28)) + (y - 70) * np.sin(np.radians(28))
    return _step(11 - np.abs(across), 5)


def _step(distance: Floats, softness: float) -> Floats:
    """Return a smooth step from 0 to 1 over `softness`."""
    t = np.clip(distance / softness + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _noise(rng: np.random.Generator, shape: tuple[int, int], cells: tuple[int, int]) -> Floats:
    """Return smooth noise within -1..1: random values on a grid of `cells`, interpolated."""
    grid = rng.uniform(-1, 1, (cells[0] + 1, cells[1] + 1))
    rows, columns = (np.linspace(0, n, s) for n, s in zip(cells, shape, strict=True))
    across = np.stack([np.interp(columns, np.arange(cells[1] + 1), line) for line in grid])
    return np.stack([np.interp(rows, np.arange(cells[0] + 1), line) for line in across.T], axis=1)
