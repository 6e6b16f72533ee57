"""Networks that HYDRA is held against, by name.

They live beside the benchmark and not in the package: a user of the plugin gains nothing from a slower network
trained on someone else's scenes, and the package need not keep its weights readable for ever.
"""

from dataclasses import dataclass

from torch import nn

from benchmarks.accuracy.rivals.mst import MultiStageTransformer
from benchmarks.accuracy.rivals.pixel_mlp import PixelMLP


@dataclass(frozen=True)
class Rival:
    """A kind of network and how it is best trained.

    Attributes
    ----------
    build : type
        Called with the number of bands.
    rate : float
        Peak learning rate of AdamW.
    patch : int
        Side of a training patch in pixels; 0 for loose pixels.
    batch : int
        Patches (or pixels) in a step.
    average : float
        Decay of the running mean of the weights.
    """

    build: type[nn.Module]
    rate: float
    patch: int
    batch: int
    average: float = 0.998


# The rate of MST++ is that of its authors; theirs are patches of 128 and batches of 20, too much for a CPU.
RIVALS = {
    "pixel MLP": Rival(PixelMLP, rate=3e-3, patch=0, batch=8192),
    "MST++": Rival(MultiStageTransformer, rate=4e-4, patch=64, batch=4),
}
