import numpy as np
import pytest
import torch

from napari_hydra.hydra.networks.decoder import SpectralDecoder, interpolation_weights, node_wavelengths
from napari_hydra.hydra.networks.teacher import Teacher


def smooth_decoder(size=6):
    decoder = SpectralDecoder(400, 700, 5, size)
    angle = np.pi * (decoder.nodes - 400) / 300
    table = np.stack([np.cos(i * angle) for i in range(size)], 1)
    with torch.no_grad():
        decoder.table.copy_(torch.from_numpy(table).float())
    return decoder


def test_nodes_include_both_ends():
    nodes = node_wavelengths(400, 1000, 5)
    assert nodes[0] == 400
    assert nodes[-1] == 1000
    assert len(nodes) == 121


def test_interpolation_is_exact_for_straight_lines_and_holds_the_ends():
    nodes = node_wavelengths(400, 500, 10)
    weights = interpolation_weights(nodes, [390, 400, 403, 455.5, 500, 510]).numpy()
    np.testing.assert_allclose(weights @ nodes, [400, 400, 403, 455.5, 500, 500], rtol=1e-6)
    np.testing.assert_allclose(weights.sum(1), 1, rtol=1e-6)


def test_rows_between_nodes_follow_the_smooth_table():
    rows = smooth_decoder().rows([402.5, 551.0]).detach().numpy()
    angle = np.pi * (np.array([402.5, 551.0]) - 400) / 300
    expected = np.stack([np.cos(i * angle) for i in range(6)], 1)
    np.testing.assert_allclose(rows, expected, atol=1e-2)  # straight lines between nodes 5 nm apart


def test_one_spectrum_on_two_grids_has_one_latent():
    decoder = smooth_decoder()
    teacher = Teacher(decoder)
    latent = torch.tensor([1.0, 0.4, -0.3, 0.2, 0.1, -0.1])
    coarse = np.arange(400, 701, 10.0)
    fine = np.sort(np.concatenate([np.arange(400, 550, 3.0), np.arange(551, 701, 4.5)]))
    with torch.no_grad():
        read = [teacher.encode(teacher.decode(latent, grid), grid).numpy() for grid in (coarse, fine)]
    np.testing.assert_allclose(read[0], latent.numpy(), atol=0.01)
    np.testing.assert_allclose(read[0], read[1], atol=0.005)


def test_the_latent_of_every_second_band_predicts_the_others():
    teacher = Teacher(smooth_decoder())
    grid = np.arange(400, 701, 10.0)
    truth = torch.from_numpy(0.4 + 0.3 * np.cos(np.pi * (grid - 400) / 300)).float()
    mask = torch.arange(31) % 2 == 0
    with torch.no_grad():
        predicted = teacher.decode(teacher.encoder_matrix(grid, mask) @ truth, grid)
    np.testing.assert_allclose(predicted[~mask].numpy(), truth[~mask].numpy(), atol=0.005)


@pytest.mark.parametrize("factor", [0.01, 3.0])
def test_encoding_passes_brightness_through(factor):
    teacher = Teacher(smooth_decoder())
    grid = np.arange(400, 701, 10.0)
    spectrum = torch.rand(31, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(teacher(factor * spectrum, grid), factor * teacher(spectrum, grid))
