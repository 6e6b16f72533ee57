"""A small network that sees one pixel at a time."""

import torch
from torch import Tensor, nn


class PixelMLP(nn.Module):
    """Two hidden layers of 64 on a pixel's linear RGB and its square roots, beside a linear map.

    Parameters
    ----------
    bands : int
        Channels C of the answer.
    width : int
        Of the hidden layers.
    """

    def __init__(self, bands: int, width: int = 64) -> None:
        super().__init__()
        self.linear = nn.Conv2d(3, bands, 1, bias=False)
        self.layers = nn.Sequential(
            nn.Conv2d(6, width, 1),
            nn.SiLU(),
            nn.Conv2d(width, width, 1),
            nn.SiLU(),
            nn.Conv2d(width, bands, 1),
        )

    def forward(self, linear: Tensor) -> Tensor:
        """Return spectra (N, C, H, W) of linear RGB (N, 3, H, W)."""
        # The root's slope at black would be infinite.
        roots = (linear.clamp(min=0) + 1e-3).sqrt()
        return self.linear(linear) + self.layers(torch.cat([linear, roots], 1))
