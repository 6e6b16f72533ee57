"""Where a network computes."""

import torch

from napari_hydra.errors import HydraError


def devices() -> list[str]:
    """Return the devices that are there, the fastest first.

    Returns
    -------
    list of str
        "cuda", "mps", "cpu"; the last is always there.

    Examples
    --------
    >>> devices()[-1]
    'cpu'
    """
    found = []
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return [*found, "cpu"]


def find_device(name: str) -> torch.device:
    """Return the device called `name`; "auto" is the fastest there is.

    Raises
    ------
    HydraError
        If there is no such device.
    """
    there = devices()
    if name == "auto":
        return torch.device(there[0])
    if name.split(":")[0] not in there:
        raise HydraError(f"there is no device {name!r} here; choose one of auto, {', '.join(there)}.")
    try:
        return torch.device(name)
    except RuntimeError as error:
        raise HydraError(f"there is no device {name!r} here; choose one of auto, {', '.join(there)}.") from error
