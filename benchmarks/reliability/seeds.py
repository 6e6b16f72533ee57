"""Sound files of every kind that is read, small and made by code: mutations begin with them."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np
import tifffile
import torch
from PIL import Image

from napari_hydra import make_cube, write_cube
from napari_hydra.camera import render
from napari_hydra.hydra.adaptation import Adaptation, Observations
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.model_files import Calibration, save_adaptation, save_model
from napari_hydra.hydra.networks.network import Architecture, HydraNetwork
from napari_hydra.hydra.scene_prior import ScenePrior
from napari_hydra.io import MeasuredSpectrum, write_picture
from napari_hydra.training.run import train
from napari_hydra.training.settings import TrainingSettings
from napari_hydra.workbench.scene.run_request import WavelengthChoice
from napari_hydra.workbench.scene.scene import Outline, Pin, Region
from napari_hydra.workbench.session.saving import save_session
from napari_hydra.workbench.session.session import Session
from napari_hydra.workbench.session.sources import Source, file_source

BANDS = np.linspace(400.0, 700.0, 16)
HEIGHT, WIDTH = 10, 8
SMALL = TrainingSettings(
    size=4, directions=2, width=8, blocks=1, hidden=8, teacher_steps=1, colour_steps=1, context_steps=1, joint_steps=1,
    colour_pixels=64, batch_pixels=64, patch=8, seed=1,
)  # fmt: skip
_ECOSTRESS = """Name: Concrete
Type: manmade
Class: Concrete
Sample No.: 0092UUUCNC
Wavelength Range: All
Description: Weathered.
Measurement: Directional (10 Degree) Hemispherical Reflectance
First Column: X
Second Column: Y
X Units: Wavelength (micrometers)
Y Units: Reflectance (percent)
First X Value: 0.4000
Last X Value: 0.7000
Number of X Values: 16

"""
_SPLIB06 = f"USGS Digital Spectral Library splib06a\n{'a line of its head' + chr(10):s}" + "\n" * 11 + "-" * 52 + "\n"


@dataclass(frozen=True)
class Seed:
    """A sound file: how it is opened (a name of `opening.OPENED`), the folder of what is read with it, its name."""

    kind: str
    folder: Path
    name: str


def make_seeds(root: Path) -> list[Seed]:
    """Write the files into a folder each."""
    torch.manual_seed(0)
    makers = (_cubes, _further_cubes, _pictures, _spectra, _models, _sessions, _runs, _preferences)
    return [seed for make in makers for seed in make(root)]


def _cube():
    drawn = np.random.default_rng(5).uniform(0.1, 0.9, (HEIGHT, WIDTH, BANDS.size))
    return make_cube(drawn, BANDS, bad_bands=(3,), fwhm=np.full(BANDS.size, 8.0), source="made")


def _folder(root: Path, name: str) -> Path:
    (root / name).mkdir(parents=True)
    return root / name


def _cubes(root):
    for suffix in (".hdr", ".zarr", ".mat", ".tif", ".nc", ".npz"):
        folder = _folder(root, f"cube{suffix}")
        write_cube(_cube(), folder / f"c{suffix}")
        yield Seed("cube", folder, f"c{suffix}")


def _further_cubes(root):
    """Write cubes as other software does."""
    values = _cube().values.astype(np.float32)
    for interleave, order, dtype, number in (("bsq", (2, 0, 1), "<i2", 2), ("bip", (0, 1, 2), ">f4", 4)):
        folder = _folder(root, f"envi {interleave}")
        scaled = values * 10000 if number == 2 else values
        (folder / f"c.{interleave}").write_bytes(scaled.transpose(order).astype(dtype).tobytes())
        centres = ", ".join(f"{one:g}" for one in BANDS)
        (folder / "c.hdr").write_text(
            f"ENVI\ndescription = {{ a scene }}\nsamples = {WIDTH}\nlines = {HEIGHT}\nbands = {BANDS.size}\n"
            f"header offset = 0\ndata type = {number}\ninterleave = {interleave}\nbyte order = {int(dtype[0] == '>')}\n"
            f"wavelength units = nanometers\nwavelength = {{ {centres} }}\nreflectance scale factor = 10000\n"
            "data ignore value = -9999\nmap info = {UTM, 1, 1, 480000, 5400000, 2, 2, 32, North, WGS-84}\n"
        )
        yield Seed("cube", folder, "c.hdr")
    for suffix in (".h5", ".he5"):
        folder = _folder(root, f"hdf5{suffix}")
        with h5py.File(folder / f"c{suffix}", "w") as file:
            file.create_dataset("cube", data=values, compression="gzip" if suffix == ".h5" else None, chunks=(5, 4, 8))
            file["wavelength"] = BANDS
            file["cube"].attrs["units"] = "reflectance"
        yield Seed("cube", folder, f"c{suffix}")
    folder = _folder(root, "npy")
    np.save(folder / "c.npy", values)
    yield Seed("cube", folder, "c.npy")
    folder = _folder(root, "tiff of another program")
    with tifffile.TiffWriter(folder / "c.tif", bigtiff=True) as file:
        file.write(
            values.transpose(2, 0, 1), photometric="minisblack", compression="deflate",
            description=json.dumps({"wavelengths": BANDS.tolist()}),
        )  # fmt: skip
    yield Seed("cube", folder, "c.tif")
    folder = _folder(root, "bands")
    inside = _folder(folder, "c")
    for number in range(1, 6):
        Image.fromarray((values[:, :, number] * 60000).astype(np.uint16)).save(
            inside / f"scene_{400 + 10 * number}nm.png"
        )
    yield Seed("cube", folder, "c")


def _pictures(root):
    picture = render(_cube()).picture
    for suffix in (".png", ".jpg", ".tif", ".bmp"):
        folder = _folder(root, f"picture{suffix}")
        write_picture(picture, folder / f"p{suffix}")
        yield Seed("picture", folder, f"p{suffix}")
    folder = _folder(root, "picture of floats")
    tifffile.imwrite(
        folder / "p.tif", picture.astype(np.float32) / 255, photometric="rgb", tile=(16, 16), compression="lzw"
    )
    yield Seed("picture", folder, "p.tif")
    folder = _folder(root, "picture with a palette")
    Image.fromarray(picture).quantize(16).save(folder / "p.png", pnginfo=None, icc_profile=b"not a profile" * 12)
    yield Seed("picture", folder, "p.png")


def _spectra(root):
    values = np.linspace(0.1, 0.6, BANDS.size)
    pairs = list(zip(BANDS, values, strict=True))
    heads = {
        "table.csv": "nm,soil,\"leaf, wet\"\n" + "".join(f"{w:g},{v:.4f},{1 - v:.4f}\n" for w, v in pairs),
        "rows.tsv": "\t".join(["name", *map(str, BANDS)]) + "\n" + "\t".join(["soil", *map(str, values)]),
        "concrete.spectrum.txt": _ECOSTRESS + "".join(f"{w / 1000:.4f}\t{100 * v:.2f}\n" for w, v in pairs),
        "grass.asc": _SPLIB06 + "Lawn_Grass W1R1Fa AREF\ncopy\n"
        + "".join(f"       {w / 1000:.6f}       {v:.6f}        0.000000\n" for w, v in pairs),
        "splib07a_Lawn_Grass_ASDFRa_AREF.txt": " splib07a Record=18587: Lawn_Grass ASDFRa AREF\n"
        + "".join(f" {v:.7E}\n" for v in values),
    }  # fmt: skip
    for name, text in heads.items():
        folder = _folder(root, name)
        (folder / name).write_text(text)
        if name.startswith("splib07"):
            axis = "".join(f" {w / 1000:.7E}\n" for w in BANDS)
            beside = folder / "splib07a_Wavelengths_ASD_0.35-2.5_microns_2151_ch.txt"
            beside.write_text(f" splib07a Record=1: Wavelengths ASD in microns\n{axis}")
        yield Seed("spectra", folder, name)
    folder = _folder(root, "envi library")
    np.stack([values, 1 - values]).astype("<f4").tofile(folder / "l.sli")
    (folder / "l.hdr").write_text(
        f"ENVI\nsamples = {BANDS.size}\nlines = 2\nbands = 1\nheader offset = 0\nfile type = ENVI Spectral Library\n"
        "data type = 4\ninterleave = bsq\nbyte order = 0\nwavelength units = Nanometers\nspectra names = {soil, leaf}\n"
        f"wavelength = {{ {', '.join(f'{one:g}' for one in BANDS)} }}\n"
    )
    yield Seed("spectra", folder, "l.hdr")


def _small_model(path: Path):
    network = HydraNetwork(Architecture(400, 700, size=4, directions=2, width=8, blocks=1, hidden=8)).eval()
    with torch.no_grad():
        network.decoder.table.copy_(torch.rand_like(network.decoder.table))
    calibration = Calibration.nominal(network.decoder.nodes.size)
    card = ModelCard("small", (400.0, 700.0), architecture=network.architecture.to_dict(), date="2026-01-01")
    return save_model(path, network, calibration, card, ScenePrior()), card


def _models(root):
    own, _ = _small_model(_folder(root, "model") / "m.safetensors")
    yield Seed("model", own.parent, own.name)
    base, card = _small_model(_folder(root, "adapted model") / "base.safetensors")
    drawn = np.random.default_rng(0).random
    features = np.column_stack([drawn((4, 7)), np.zeros(4)])
    observed = Observations(features, *(drawn(shape) for shape in ((4, 4), (4, 4), (4, 31), (4, 31))))
    adapted = save_adaptation(base.parent / "m.safetensors", base, Adaptation(observed, ScenePrior()), card)
    yield Seed("model", base.parent, adapted.name)


def _sessions(root):
    folder = _folder(root, "session")
    write_cube(_cube(), folder / "scene.hdr")
    write_picture(render(_cube()).picture, folder / "scene.png")
    own, _ = _small_model(folder / "small.safetensors")
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[2:5, 3:6] = True
    triangle = np.array([[1.0, 1.0], [1.0, 6.0], [7.0, 4.0]])
    session = Session(
        name="scene",
        picture=file_source(folder / "scene.png"),
        truth=file_source(folder / "scene.hdr"),
        model=file_source(own),
        camera=Source("named", "srgb"),
        illuminant="D65",
        white_level=None,
        wavelengths=WavelengthChoice("grid", 420.0, 680.0, 20.0),
        matched=False,
        size=(HEIGHT, WIDTH),
        pins=(Pin("P1", 5, 6, "#e69f00"), Pin("P2", 2, 3, "#56b4e9", visible=False)),
        regions=(
            Region("painted", "#d55e00", mask),
            Region("drawn", "#0072b2", mask, outline=Outline("polygon", triangle)),
        ),
        measurements=(MeasuredSpectrum(5, 6, BANDS, np.linspace(0.1, 0.5, BANDS.size), "M1", "field.csv"),),
    )
    save_session(session, folder / "s.json")
    yield Seed("session", folder, "s.json")


def _runs(root):
    folder = _folder(root, "run")
    scene = make_cube(np.tile(_cube().values, (2, 2, 1)), BANDS, source="made")
    train([("a", scene)], [("b", scene)], folder / "run", replace(SMALL), device="cpu")
    yield Seed("run", folder, "run")


def _preferences(root):
    folder = _folder(root, "preferences")
    chosen = {"window": 3, "statistic": "median", "level": 80, "tool": "polygon", "table": False, "stretch": 1.5}
    (folder / "p.json").write_text(json.dumps(chosen))
    yield Seed("preferences", folder, "p.json")
