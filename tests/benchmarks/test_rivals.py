"""The rival networks: their size, part by part, and what they do."""

import pytest
import torch

from benchmarks.accuracy.rivals.mst import AttentionBlock, MultiStageTransformer, SpectralAttention, SpectralTransformer
from benchmarks.accuracy.rivals.pixel_mlp import PixelMLP


def size(module):
    return sum(p.numel() for p in module.parameters())


def test_mst_has_the_published_number_of_parameters():
    assert size(MultiStageTransformer(31)) == 1_619_625


@pytest.mark.parametrize("heads", [1, 2, 4])
def test_the_parts_of_an_attention_block_add_up(heads):
    d = 31 * heads
    block = AttentionBlock(d, heads)
    projections, temperature, position = 3 * d * d + d * d + d, heads, 2 * 9 * d
    assert size(block.attention) == projections + temperature + position
    norm, expansion, depthwise = 2 * d, 2 * d * 4 * d, 9 * 4 * d
    assert size(block.feed_forward) == norm + expansion + depthwise
    assert size(block) == 12 * d * d + 57 * d + heads


def test_the_parts_of_mst_add_up():
    blocks = {d: 12 * d * d + 57 * d + d // 31 for d in (31, 62, 124)}
    ends = 2 * 31 * 31 * 9
    down = 31 * 62 * 16 + 62 * 124 * 16
    up = (124 * 62 * 4 + 62) + (62 * 31 * 4 + 31)
    joins = 124 * 62 + 62 * 31
    stage = ends + down + up + joins + 2 * blocks[31] + 2 * blocks[62] + blocks[124]
    assert size(SpectralTransformer()) == stage == 536_713
    assert 3 * 31 * 9 + 3 * stage + 31 * 31 * 9 == 1_619_625


def test_the_wide_head_costs_only_its_own_weights():
    wide = MultiStageTransformer(121)
    assert size(wide) == 1_619_625 + (121 - 31) * 31 * 9 + 121 * 31
    assert wide(torch.rand(1, 3, 16, 16)).shape == (1, 121, 16, 16)


@pytest.mark.parametrize("shape", [(8, 8), (13, 22), (5, 3), (1, 1), (64, 40)])
def test_any_size_of_picture_is_answered(shape):
    with torch.inference_mode():
        assert MultiStageTransformer(31)(torch.rand(2, 3, *shape)).shape == (2, 31, *shape)


def test_padding_is_cut_off_where_it_was_put():
    """The top left of a padded picture is that of the picture padded by hand."""
    torch.manual_seed(0)
    network, picture = MultiStageTransformer(31).eval(), torch.rand(1, 3, 12, 16)
    by_hand = torch.nn.functional.pad(picture, (0, 0, 0, 4), mode="reflect")
    with torch.inference_mode():
        torch.testing.assert_close(network(picture), network(by_hand)[:, :, :12])


def test_attention_is_between_channels():
    """Without the positional branch, moving the pixels about moves the answer about and changes nothing else."""
    torch.manual_seed(0)
    attention, x = SpectralAttention(62, 2), torch.rand(1, 62, 4, 6)
    torch.nn.init.zeros_(attention.position[-1].weight)
    order = torch.randperm(24)
    with torch.inference_mode():
        moved = attention(x.flatten(2)[..., order].reshape(x.shape)).flatten(2)
        torch.testing.assert_close(moved, attention(x).flatten(2)[..., order])


def test_attention_weights_are_those_of_the_equation():
    torch.manual_seed(0)
    attention, x = SpectralAttention(31, 1), torch.rand(1, 31, 3, 5)
    torch.nn.init.zeros_(attention.position[-1].weight)
    with torch.no_grad():
        attention.temperature.fill_(0.7)
        pixels = x[0].flatten(1).T  # (n, C), as in the paper
        query, key, value = (pixels @ w[:, :, 0, 0].T for w in attention.read.weight.chunk(3))
        weights = torch.softmax(0.7 * (key / key.norm(dim=0)).T @ (query / query.norm(dim=0)), -1)
        expected = value @ weights.T @ attention.mix.weight[:, :, 0, 0].T + attention.mix.bias
        torch.testing.assert_close(attention(x)[0].flatten(1).T, expected)


def test_the_pixel_network_is_small_and_sees_one_pixel():
    torch.manual_seed(0)
    network, picture = PixelMLP(31), torch.rand(1, 3, 4, 4)
    assert size(network) == 6_716
    changed = picture.clone()
    changed[..., 2, 3] = 0.5
    difference = (network(changed) - network(picture)).abs().sum(1)[0]
    assert difference[2, 3] > 0
    assert torch.count_nonzero(difference) == 1


@pytest.mark.parametrize("network", [PixelMLP(31), MultiStageTransformer(31)])
def test_black_gives_a_finite_slope(network):
    picture = torch.zeros(1, 3, 8, 8, requires_grad=True)
    network(picture).sum().backward()
    assert torch.isfinite(picture.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in network.parameters())
