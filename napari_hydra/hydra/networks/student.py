"""The student: estimates latents from a colour picture.

The pixel branch reads the pixel's own colour at full resolution. The shipped models have no other: on scenes left out
context taught nothing (docs/training.md). Where a student has one, the context branch looks at the neighbourhood
at a quarter of the resolution (cheap large kernels) and adds what it found. Every kernel is local, so that tiles with a
margin of `Student.margin` pixels agree with the whole picture.

The input is linear RGB brought to a common exposure. Latents are proportional to the pixel's brightness times a
function of its colour and context: a dark pixel gets a dark spectrum.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

REDUCTION = 4
FLOOR = 0.004  # about one step of an 8-bit sRGB picture near black, in linear units


class StudentOutput(NamedTuple):
    """What the student says of each pixel, all (N, *, H, W).

    ``latent`` (k channels) and ``std`` (r channels, positive: along the directions of the uncertainty) are in units of
    the picture; ``consistency_weight`` (1 channel, 0..1) is the share of the projection onto the colour.
    """

    latent: Tensor
    std: Tensor
    consistency_weight: Tensor


def brightness(linear: Tensor) -> Tensor:
    """Return the mean of the channels plus a floor, (N, 1, H, W): what latents are proportional to."""
    return linear.mean(1, keepdim=True) + FLOOR


def colour_features(linear: Tensor) -> Tensor:
    """Return ten features of each pixel's linear RGB: values, square roots, chromaticity and log brightness."""
    level = brightness(linear)
    chroma = linear / (3 * level) - 1 / 3
    roots = (linear + FLOOR / 4).clamp(min=0).sqrt()
    return torch.cat([linear, roots, 3 * chroma, 0.25 * level.log() + 0.5], 1)


class _PixelNorm(nn.Module):
    """Divide each pixel's channels by their root mean square: local, unlike batch or instance norms."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-6)


class _ContextBlock(nn.Module):
    """Large depthwise kernel, then a pointwise mix, added to the input."""

    def __init__(self, width: int, kernel: int = 7) -> None:
        super().__init__()
        self.look = nn.Conv2d(width, width, kernel, padding=kernel // 2, groups=width, padding_mode="replicate")
        self.norm = _PixelNorm(width)
        self.expand = nn.Conv2d(width, 2 * width, 1)
        self.shrink = nn.Conv2d(2 * width, width, 1)
        nn.init.normal_(self.shrink.weight, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.shrink(F.silu(self.expand(self.norm(self.look(x)))))


class Student(nn.Module):
    """Linear RGB (N, 3, H, W) to a `StudentOutput`.

    Parameters
    ----------
    size : int
        Length k of a latent.
    directions : int
        Number r of directions of the uncertainty.
    width, blocks : int
        Channels and depth of the context branch; no blocks: each pixel is read by its own colour alone.
    hidden : int
        Channels of the pixel branch.
    """

    def __init__(self, size: int, directions: int, width: int = 64, blocks: int = 5, hidden: int = 64) -> None:
        super().__init__()
        self.size, self.directions, self.blocks = size, directions, blocks
        if blocks:
            self.stem = nn.Conv2d(7 * REDUCTION**2, width, 1)
            self.context = nn.Sequential(*[_ContextBlock(width) for _ in range(blocks)])
            self.bridge = nn.Conv2d(width, hidden, 1)
            nn.init.zeros_(self.bridge.weight)  # before it is trained the context branch adds nothing
            nn.init.zeros_(self.bridge.bias)  # type: ignore[arg-type]
        self.enter = nn.Conv2d(10, hidden, 1)
        self.mix = nn.Conv2d(hidden, hidden, 1)
        self.mix_more = nn.Conv2d(hidden, hidden, 1)
        self.code_head = nn.Conv2d(hidden, size, 1)
        self.doubt = nn.Conv2d(hidden, hidden // 2, 1)
        self.spread_head = nn.Conv2d(hidden // 2, directions, 1)
        self.trust_head = nn.Conv2d(hidden, 1, 1)
        self.linear = nn.Parameter(torch.zeros(size, 3))
        nn.init.normal_(self.code_head.weight, std=0.02)
        nn.init.normal_(self.spread_head.weight, std=0.02)
        nn.init.normal_(self.trust_head.weight, std=0.02)
        for head, start in (
            (self.code_head, 0.0),
            (self.spread_head, -3.0),
            (self.trust_head, 4.0),
        ):
            assert head.bias is not None
            nn.init.constant_(head.bias, start)

    @property
    def margin(self) -> int:
        """Pixels that a tile needs on each side (a multiple of the reduction)."""
        return REDUCTION * (3 * self.blocks + 2) if self.blocks else 0

    def forward(self, linear: Tensor, with_context: Tensor | bool = True) -> StudentOutput:
        """Estimate latents, standard deviations and weights from a picture whose sides are multiples of 4.

        `with_context` False reads every pixel by its own colour alone (any shape will do); a mask (N,) bool chooses
        picture by picture, as training does to keep the pixel branch able to stand alone.
        """
        features = colour_features(linear).contiguous(memory_format=torch.channels_last)
        hidden = self.enter(features)
        if self.blocks and (not isinstance(with_context, bool) or with_context):
            context = self.context_features(features)
            hidden = hidden + (
                context if isinstance(with_context, bool) else context * with_context[:, None, None, None]
            )
        hidden = F.silu(hidden)
        hidden = F.silu(self.mix(hidden))
        hidden = hidden + F.silu(self.mix_more(hidden))
        level = brightness(linear)
        latent = torch.einsum("kc,nchw->nkhw", self.linear, linear) + level * self.code_head(hidden)
        # The dispersion learns from the finished estimate and must not pull on it.
        std = level * F.softplus(self.spread_head(F.silu(self.doubt(hidden.detach()))))
        return StudentOutput(latent, std, torch.sigmoid(self.trust_head(hidden)))

    def member_outputs(self, linear: Tensor, with_context: Tensor | bool = True) -> list[StudentOutput]:
        """Return what each reader says of a picture: here the only one; see `Ensemble.member_outputs`."""
        return [self(linear, with_context)]

    def aggregate(self, outputs: Sequence[StudentOutput]) -> StudentOutput:
        """Return what the readers say together."""
        return outputs[0]

    def residual_covariances(self, common: Tensor) -> Tensor:
        """Return for each reader the covariance (1, k, k) in which the data-consistency projection moves its latent."""
        return common[None]

    def context_features(self, features: Tensor) -> Tensor:
        """Return what the context branch adds to the pixel branch, (N, hidden, H, W)."""
        reduced = F.pixel_unshuffle(features[:, 3:], REDUCTION)
        context = self.bridge(self.context(self.stem(reduced)))
        return F.interpolate(context, scale_factor=REDUCTION, mode="bilinear", align_corners=False)
