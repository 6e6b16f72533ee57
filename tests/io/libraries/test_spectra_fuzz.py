"""Nothing but HydraError leaves the readers of spectra, whatever was done to a file."""

import random
from contextlib import suppress

import pytest
import spectrometer_files as made

from napari_hydra.errors import HydraError
from napari_hydra.io import read_library, read_measured_spectra, read_pins

pytestmark = pytest.mark.filterwarnings("ignore::napari_hydra.io.SpectraNotice", "ignore::RuntimeWarning")
PIECES = [
    b"\0",
    b",",
    b";",
    b"\t",
    b" ",
    b"\n",
    b'"',
    b"nan",
    b"1e999",
    b"-9999",
    b"%",
    b"##",
    b"=",
    b"[nm]",
    b"\xff\xfe",
]
FILES = {
    "a.asd": made.asd(),
    "a.sig": made.svc().encode(),
    "a.sed": made.spectral_evolution().encode(),
    "a.jdx": made.jcamp().encode(),
    "a.txt": made.avantes().encode(),
    "b.txt": made.ocean_optics(",").encode("utf-16"),
    "a.csv": b"name,y,x,400,500,600\nP1,1,2,.1,.2,.3\nP2,3,4,.1,.2,.3\n",
}


def mutated(content, rng):
    """Return a file with pieces put in, taken out, doubled, changed, or its end cut off."""
    for _ in range(rng.randint(1, 4)):
        at, size = rng.randrange(len(content) + 1), rng.choice([1, 2, 8, 60])
        kind = rng.randrange(5)
        piece = rng.choice(PIECES)
        if kind == 0:
            content = content[:at] + piece + content[at:]
        elif kind == 1:
            content = content[:at] + content[at + size :]
        elif kind == 2:
            content = content[:at] + content[at : at + size] * 2 + content[at + size :]
        elif kind == 3:
            content = content[:at] + bytes(rng.randrange(256) for _ in range(size)) + content[at + size :]
        elif rng.random() < 0.3:
            content = content[:at]
    return content


@pytest.mark.parametrize("name", list(FILES))
def test_only_our_own_errors(tmp_path, name):
    rng = random.Random(name)
    path = tmp_path / name
    for _ in range(60):
        path.write_bytes(mutated(FILES[name], rng))
        for reader in (read_library, read_measured_spectra, read_pins):
            with suppress(HydraError):
                reader(path)
