"""ENVI spectral libraries: ``name.sli`` with ``name.hdr``, one spectrum a line.

Format: NV5 Geospatial, "ENVI Header Files", file type "ENVI Spectral Library".
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_hydra.errors import HydraError
from napari_hydra.io.files.wavelengths import to_nanometres
from napari_hydra.io.formats.envi import wavelength_list, wavelength_unit
from napari_hydra.io.formats.envi_data import open_values
from napari_hydra.io.formats.envi_header import find_header, number_list, parse_header, scalar
from napari_hydra.io.libraries.spectral_library import SpectralLibrary, gathered


def matches(path: Path) -> bool:
    """Whether the path is the header or the data of an ENVI file."""
    return find_header(path) is not None


def is_library(path: Path) -> bool:
    """Whether a header says that it belongs to a spectral library."""
    try:
        return "library" in str(parse_header(path).get("file type", "")).lower()
    except HydraError:
        return False


def read(path: Path, together: Sequence[Path] = ()) -> SpectralLibrary:
    """Read a library; give its .sli or its .hdr.

    Raises
    ------
    HydraError
        If it is a picture, damaged, or does not say its wavelengths.
    """
    header = find_header(path)
    if header is None:
        raise HydraError(f"{path} has no header {path.stem}.hdr beside it that begins with 'ENVI'; add it.")
    fields = parse_header(header)
    kind = str(fields.get("file type", ""))
    if not kind:
        raise HydraError(f"{header} cannot be read as a spectral library: it does not say its 'file type'; add that.")
    if "library" not in kind.lower():
        raise HydraError(f"{header} is a picture, not a spectral library; open it as a cube.")
    values = np.asarray(open_values(header, fields, None if path == header else path), dtype=np.float64)
    if values.shape[2] != 1:
        raise HydraError(f"{header} declares {values.shape[2]} bands; a spectral library has one. Correct the header.")
    spectra = values[:, :, 0]
    history = []
    file_wavelengths = wavelength_list(header, fields, spectra.shape[1])
    if file_wavelengths is None:
        raise HydraError(f"{header} does not say its wavelengths; add the field 'wavelength' to it.")
    centres, note = to_nanometres(file_wavelengths, wavelength_unit(fields), str(header))
    history += [note] if note else []
    ignore = scalar(fields, "data ignore value")
    if ignore is not None:  # it marks stored numbers, so that it is compared before they are scaled
        spectra = np.where(spectra == ignore, np.nan, spectra)
    scale = scalar(fields, "reflectance scale factor")
    if scale and scale != 1:
        spectra = spectra / scale
        history.append(f"divided by the reflectance scale factor {scale:g}")
    usable = number_list(fields, "bbl", spectra.shape[1])
    if usable is not None and (usable == 0).any():
        spectra = np.where(usable == 0, np.nan, spectra)
        history.append(f"{int((usable == 0).sum())} bad bands left out")
    names = fields.get("spectra names", [])
    names = [names] if isinstance(names, str) else list(names)
    if len(names) != len(spectra):
        if names:
            history.append(f"{len(names)} names for {len(spectra)} spectra (commas inside names?): numbered instead")
        names = [""] * len(spectra)
    return gathered(names, centres, spectra, source=str(path), history=tuple(history))
