"""The student: estimates a latent z from the colour of a pixel.

The input is linear RGB c brought to a common exposure. With b(c) the brightness and h(c) the features of a hidden layer

    z     = W c + b(c) A h(c)                the latent: a linear map, and what the colour's features add to it
    sigma = b(c) softplus(B(h(c)))           standard deviations along the directions of the uncertainty
    t     = sigmoid(C h(c))                  weight of the projection onto the colour

so that a dark pixel gets a dark spectrum. Students differ in h: `PixelStudent` looks at the pixel alone, as the shipped
models do (on scenes left out context taught nothing, docs/training.md), `ContextStudent` also at its neighbourhood,
at a quarter of the resolution (cheap large kernels).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from napari_hydra.hydra.networks.architecture import Architecture

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


class Student(nn.Module, ABC):
    """Linear RGB (N, 3, H, W) to a `StudentOutput`: a network of one's own for the features, and the heads above it.

    A new student is a subclass with `build` and `features`, and an entry in `napari_hydra.hydra.networks.students`.

    Parameters
    ----------
    architecture : Architecture
        ``size`` k, the length of a latent; ``directions`` r of the uncertainty; ``hidden`` d, the number of features;
        ``width`` and ``blocks`` for what the student wants.

    Attributes
    ----------
    margin : int
        Pixels that the features of one depend on, to each side: a multiple of `REDUCTION`. Tiles with this margin agree
        with the whole picture; at 0 each distinct colour is read once.
    settings : dict
        Training settings that the student needs beside those of a range of wavelengths.
    """

    settings: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        size, hidden = architecture.size, architecture.hidden
        self.build(architecture)
        self.code_head = nn.Conv2d(hidden, size, 1)
        self.doubt = nn.Conv2d(hidden, hidden // 2, 1)
        self.spread_head = nn.Conv2d(hidden // 2, architecture.directions, 1)
        self.trust_head = nn.Conv2d(hidden, 1, 1)
        self.linear = nn.Parameter(torch.zeros(size, 3))
        for head, start in ((self.code_head, 0.0), (self.spread_head, -3.0), (self.trust_head, 4.0)):
            nn.init.normal_(head.weight, std=0.02)
            assert head.bias is not None
            nn.init.constant_(head.bias, start)

    @property
    def margin(self) -> int:
        """Pixels that a tile needs on each side."""
        return 0

    @abstractmethod
    def build(self, architecture: Architecture) -> None:
        """Make the layers of `features`."""

    @abstractmethod
    def features(self, linear: Tensor, with_context: Tensor | bool) -> Tensor:
        """Return features h (N, d, H, W) of linear RGB (N, 3, H, W); for `with_context` see `forward`."""

    def forward(self, linear: Tensor, with_context: Tensor | bool = True) -> StudentOutput:
        """Estimate latents, standard deviations and weights from a picture whose sides are multiples of `REDUCTION`.

        `with_context` False reads every pixel by its own colour alone (any shape will do); a mask (N,) bool chooses
        picture by picture, as training does to keep the pixel branch able to stand alone.
        """
        hidden, level = self.features(linear, with_context), brightness(linear)
        latent = torch.einsum("kc,nchw->nkhw", self.linear, linear) + level * self.code_head(hidden)
        # The standard deviation learns from the finished estimate and must not pull on it.
        std = level * F.softplus(self.spread_head(F.silu(self.doubt(hidden.detach()))))
        return StudentOutput(latent, std, torch.sigmoid(self.trust_head(hidden)))


class PixelStudent(Student):
    """Reads each pixel by its own colour: a perceptron of three layers on `colour_features`."""

    def build(self, architecture: Architecture) -> None:
        """Make the layers."""
        hidden = architecture.hidden
        self.enter = nn.Conv2d(10, hidden, 1)
        self.mix = nn.Conv2d(hidden, hidden, 1)
        self.mix_more = nn.Conv2d(hidden, hidden, 1)

    def features(self, linear: Tensor, with_context: Tensor | bool) -> Tensor:
        """Return features of each pixel's colour and, with a context branch, of its context."""
        colours = colour_features(linear).contiguous(memory_format=torch.channels_last)
        entered = self.enter(colours)
        around = self.context_features(colours, with_context)
        hidden = F.silu(entered if around is None else entered + around)
        hidden = F.silu(self.mix(hidden))
        return hidden + F.silu(self.mix_more(hidden))

    def context_features(self, colours: Tensor, with_context: Tensor | bool) -> Tensor | None:
        """Return what the context adds to the first layer, (N, d, H, W): nothing."""
        return None


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


class ContextStudent(PixelStudent):
    """A `PixelStudent` with a second branch, of ``blocks`` large kernels and ``width`` channels, for the context."""

    settings: ClassVar[Mapping[str, Any]] = {"blocks": 5, "context_steps": 600}

    def build(self, architecture: Architecture) -> None:
        """Make the layers."""
        width, self.blocks = architecture.width, architecture.blocks
        self.stem = nn.Conv2d(7 * REDUCTION**2, width, 1)
        self.context = nn.Sequential(*[_ContextBlock(width) for _ in range(self.blocks)])
        self.bridge = nn.Conv2d(width, architecture.hidden, 1)
        nn.init.zeros_(self.bridge.weight)  # before it is trained the context branch adds nothing
        nn.init.zeros_(self.bridge.bias)  # type: ignore[arg-type]
        super().build(architecture)

    @property
    def margin(self) -> int:
        """Pixels that a tile needs on each side (a multiple of the reduction)."""
        return REDUCTION * (3 * self.blocks + 2)

    def context_features(self, colours: Tensor, with_context: Tensor | bool) -> Tensor | None:
        """Return what the context branch adds to the first layer, (N, d, H, W)."""
        if with_context is False:
            return None
        reduced = F.pixel_unshuffle(colours[:, 3:], REDUCTION)
        context = self.bridge(self.context(self.stem(reduced)))
        context = F.interpolate(context, scale_factor=REDUCTION, mode="bilinear", align_corners=False)
        return context if isinstance(with_context, bool) else context * with_context[:, None, None, None]
