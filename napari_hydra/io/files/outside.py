"""A file never chooses what else is read.

Beside what a user opens, only these files are read, all in its own folder or within the opened one:

===============  ==================================================================================
opened           read with it
===============  ==================================================================================
ENVI data        its header: the same name with ``.hdr`` behind it or in place of its suffix
ENVI header      its data: the same name with another suffix or none; a TIFF of that name if it describes one
cube of a file   an ENVI header, ``.aux.xml`` of its name; ``METADATA.XML`` that its name begins with or that is alone
splib07 spectra  files of wavelengths in the folder or the one above, by their documented names
folder of bands  its pictures with numbered names
Zarr             what lies in its folder
===============  ==================================================================================

All else that a file may point to is refused here.
"""

import os
import re
import stat
from pathlib import Path

import h5py

from napari_hydra.errors import HydraError
from napari_hydra.io.files.declared_size import believe
from napari_hydra.io.files.hdf5_heaps import check_heaps

_PLAIN_FILTERS = {h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
_MOST_OBJECTS = 100_000
_UUIDS = re.compile(r"<(?:\w+:)?UUID\b[^>]*>\s*([^<\s]+)\s*<")


def refuse_special(path: Path) -> None:
    """Refuse what is neither a file nor a folder: a pipe or a device would be waited for, or never end.

    Raises
    ------
    HydraError
        If there is such a thing.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return  # that it is missing is told elsewhere
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise HydraError(f"{path} is a pipe or a device, not a file; copy its content into a file first.")


def refuse_link_away(found: Path, opened: Path) -> None:
    """Refuse a file found beside the one opened that is a link to another folder than that lies in.

    Raises
    ------
    HydraError
        If it is.
    """
    folders = {opened.parent.resolve(), opened.resolve().parent}  # the one opened may itself be a link
    if found.is_symlink() and found.resolve().parent not in folders:
        raise HydraError(f"{found} is a link that leads out of {opened.parent}; open it itself, or put a copy there.")


def folder_bytes(root: Path) -> int:
    """Return how many bytes a folder holds.

    Raises
    ------
    HydraError
        If a link in it leads out of it, or something in it is neither a file nor a folder.
    """
    total, inside = 0, root.resolve()
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            entry = Path(folder, name)
            mode = entry.lstat().st_mode
            if stat.S_ISLNK(mode) and not entry.resolve().is_relative_to(inside):
                raise HydraError(f"{entry} is a link that leads out of {root}; put a copy in its place.")
            refuse_special(entry)
            total += entry.stat().st_size if entry.exists() else 0
    return total


def refuse_markup(path: Path, text: str | None) -> None:
    """Refuse XML that defines entities, which may name files or grow without end, or that names further files.

    Raises
    ------
    HydraError
        If it does.
    """
    text = text or ""
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise HydraError(f"{path} defines entities in its XML, which none needs here; remove them.")
    if "<OME" in text[:2000] or "<BinaryOnly" in text:
        uuids = set(_UUIDS.findall(text))
        if "<BinaryOnly" in text or "MetadataFile=" in text or len(uuids) > 1:
            raise HydraError(f"{path} is part of an OME set of several files; save it as one OME-TIFF.")


def check_hdf5(path: Path) -> None:
    """Look at all arrays of an HDF5 file before one is read.

    Raises
    ------
    HydraError
        If it links to other files, keeps numbers in them, declares more numbers than it can hold, or has heaps that
        HDF5 would read for ever.
    """
    size = path.stat().st_size
    check_heaps(path)
    with h5py.File(path) as file:
        waiting, known = [file["/"]], set()
        while waiting:
            group = waiting.pop()
            for name in group:
                link = group.get(name, getlink=True)
                if isinstance(link, h5py.ExternalLink):
                    raise HydraError(f"{path} links '{name}' to another file; copy that array into it.")
                if not isinstance(link, h5py.HardLink):
                    continue
                item = group[name]
                address = h5py.h5o.get_info(item.id).addr
                if address in known:
                    continue
                known.add(address)
                if len(known) > _MOST_OBJECTS:
                    raise HydraError(f"{path} holds more than {_MOST_OBJECTS} arrays and groups; save the cube alone.")
                if isinstance(item, h5py.Dataset):
                    _check_array(path, item, size)
                elif isinstance(item, h5py.Group):
                    waiting.append(item)


def _check_array(path: Path, item: h5py.Dataset, size: int) -> None:
    layout = item.id.get_create_plist()
    if layout.get_external_count() or item.is_virtual:
        raise HydraError(f"{path} keeps the numbers of '{item.name}' in another file; copy them into it.")
    if item.shape is None or item.dtype.kind not in "biufc":
        return
    chunked = layout.get_layout() == h5py.h5d.CHUNKED
    filters = {layout.get_filter(i)[0] for i in range(layout.get_nfilters())}
    stored, offset = min(item.id.get_storage_size(), size), item.id.get_offset()
    if offset is not None:
        stored = min(stored, max(0, size - offset))
    believe(
        path, item.shape, item.dtype, stored, compressed=bool(filters - _PLAIN_FILTERS), unbounded=chunked or not stored
    )
