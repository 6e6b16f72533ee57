"""Whether weights fit the network that their card describes, before anything of it is built."""

from collections.abc import Mapping

import torch

from napari_hydra.errors import HydraError
from napari_hydra.hydra.networks.architecture import Architecture
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.students import find_student

_FLOATS = ("F64", "F32", "F16", "BF16")


def require_fit(architecture: Architecture, tensors: Mapping[str, tuple[str, tuple[int, ...]]]) -> None:
    """Compare the weights (name to type and shape) of a file with the network of an architecture.

    A network on the device "meta" has shapes and no memory.

    Raises
    ------
    HydraError
        If one is missing, has another shape or is no floating-point numbers; the first is named.
    """
    find_student(architecture.student)
    # Each member and block has tensors of its own: a file of a few is not worth a long construction.
    if architecture.members * max(architecture.blocks, 1) > len(tensors) + 1:
        raise HydraError(f"it holds {len(tensors)} tensors, too few for {architecture.members} members")
    with torch.device("meta"):
        expected = {name: tuple(tensor.shape) for name, tensor in HydraNetwork(architecture).state_dict().items()}
    for name in sorted(expected.keys() | tensors.keys()):
        if name not in tensors:
            raise HydraError(f"it lacks {name}")
        if name not in expected:
            raise HydraError(f"it holds {name}, which its network has not")
        dtype, shape = tensors[name]
        if shape != expected[name] or dtype not in _FLOATS:
            raise HydraError(f"{name} is {dtype} {list(shape)} and not floats {list(expected[name])}")
