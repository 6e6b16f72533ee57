"""MST++, written anew from its paper.

Y. Cai, J. Lin, Z. Lin, H. Wang, Y. Zhang, H. Pfister, R. Timofte, L. Van Gool: "MST++: Multi-stage Spectral-wise
Transformer for Efficient Spectral Reconstruction", CVPR Workshops 2022, arXiv 2204.07908. No line is theirs; the
number of parameters at 31 bands, 1,619,625, is that of the paper (1.62 M), part by part.

Spectral-wise attention: the channels are the tokens, each described by all the pixels, so a head of d channels needs
a d x d map whatever the size of the picture.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

WIDTH = 31  # channels of the trunk, and of one head
LEVELS = 2
STAGES = 3
_MULTIPLE = 8


class SpectralAttention(nn.Module):
    """Multi-head self-attention between channels, plus a depthwise branch that knows where a pixel is (S-MSA)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.read = nn.Conv2d(channels, 3 * channels, 1, bias=False)  # queries, keys, values
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.mix = nn.Conv2d(channels, channels, 1)
        self.position = nn.Sequential(_depthwise(channels), nn.GELU(), _depthwise(channels))
        nn.init.trunc_normal_(self.read.weight, std=0.02)
        nn.init.trunc_normal_(self.mix.weight, std=0.02)
        nn.init.zeros_(self.mix.bias)

    def forward(self, x: Tensor) -> Tensor:
        count, channels, height, width = x.shape
        query, key, value = self.read(x).chunk(3, 1)
        tokens = [part.reshape(count, self.heads, channels // self.heads, -1) for part in (query, key, value)]
        query, key = (F.normalize(part, dim=-1) for part in tokens[:2])  # over the pixels
        attention = (key @ query.transpose(-2, -1) * self.temperature).softmax(-1)
        mixed = (attention @ tokens[2]).reshape(count, channels, height, width)
        return self.mix(mixed) + self.position(value)


class _ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each pixel."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class AttentionBlock(nn.Module):
    """Attention, then a feed-forward network of four times the width, each added to its input (SAB)."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.attention = SpectralAttention(channels, heads)
        self.feed_forward = nn.Sequential(
            _ChannelNorm(channels),
            nn.Conv2d(channels, 4 * channels, 1, bias=False),
            nn.GELU(),
            _depthwise(4 * channels),
            nn.GELU(),
            nn.Conv2d(4 * channels, channels, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(x)
        return x + self.feed_forward(x)


class SpectralTransformer(nn.Module):
    """A stage: a U of attention blocks over two halvings, added to its input (SST)."""

    def __init__(self, width: int = WIDTH, levels: int = LEVELS) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(levels + 1)]
        self.embed = _conv3(width, width)
        self.down = nn.ModuleList(AttentionBlock(w, w // width) for w in widths[:-1])
        self.shrink = nn.ModuleList(nn.Conv2d(w, 2 * w, 4, 2, 1, bias=False) for w in widths[:-1])
        self.bottom = AttentionBlock(widths[-1], widths[-1] // width)
        self.grow = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in widths[:-1])
        self.join = nn.ModuleList(nn.Conv2d(2 * w, w, 1, bias=False) for w in widths[:-1])
        self.up = nn.ModuleList(AttentionBlock(w, w // width) for w in widths[:-1])
        self.close = _conv3(width, width)

    def forward(self, x: Tensor) -> Tensor:
        features, kept = self.embed(x), []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            features = block(features)
            kept.append(features)
            features = shrink(features)
        features = self.bottom(features)
        for level in reversed(range(len(kept))):
            features = torch.cat([self.grow[level](features), kept[level]], 1)
            features = self.up[level](self.join[level](features))
        return x + self.close(features)


class MultiStageTransformer(nn.Module):
    """Linear RGB (N, 3, H, W) to spectra (N, C, H, W), any height and width.

    At 31 bands this is the paper's network. At other numbers the trunk keeps its width and only the last convolution
    is as wide as the answer, with a 1 x 1 convolution in place of the identity around the trunk: the fastest of the
    ways to widen it.

    Parameters
    ----------
    bands : int
        Channels C of the answer.
    width : int
        Channels of the trunk; with as many as bands it is the paper's network, widened whole.
    """

    def __init__(self, bands: int = WIDTH, width: int = WIDTH) -> None:
        super().__init__()
        self.enter = _conv3(3, width)
        self.stages = nn.Sequential(*[SpectralTransformer(width) for _ in range(STAGES)])
        self.leave = _conv3(width, bands)
        self.skip: nn.Module = nn.Identity() if bands == width else nn.Conv2d(width, bands, 1, bias=False)

    def forward(self, linear: Tensor) -> Tensor:
        """Return spectra; the picture is mirrored out to a multiple of 8 inside."""
        height, width = linear.shape[-2:]
        below, right = -height % _MULTIPLE, -width % _MULTIPLE
        mode = "reflect" if below < height and right < width else "replicate"
        entered = self.enter(F.pad(linear, (0, right, 0, below), mode=mode))
        out = self.leave(self.stages(entered)) + self.skip(entered)
        return out[..., :height, :width]


def _conv3(entering: int, leaving: int) -> nn.Conv2d:
    return nn.Conv2d(entering, leaving, 3, padding=1, bias=False)


def _depthwise(channels: int) -> nn.Conv2d:
    return nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
