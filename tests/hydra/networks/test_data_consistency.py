import torch

from napari_hydra.camera import get_camera
from napari_hydra.hydra.networks.data_consistency import colour_residual, consistency_projection, correction_matrix
from napari_hydra.hydra.networks.network import Architecture, HydraNetwork


def setup(seed=0):
    generator = torch.Generator().manual_seed(seed)
    colour = torch.rand(3, 8, generator=generator)
    root = torch.rand(8, 8, generator=generator)
    latent = torch.rand(1, 8, 4, 5, generator=generator)
    linear = torch.rand(1, 3, 4, 5, generator=generator)
    return colour, root @ root.T, latent, linear


def rgb_of(latent, colour):
    return torch.einsum("ck,nkhw->nchw", colour, latent)


def test_fully_weighted_latents_reproduce_the_colour():
    colour, covariance, latent, linear = setup()
    nowhere = torch.zeros_like(linear, dtype=torch.bool)
    residual = colour_residual(latent, colour, linear, nowhere, nowhere)
    moved = consistency_projection(latent, residual, correction_matrix(colour, covariance), torch.ones(1, 1, 4, 5))
    torch.testing.assert_close(rgb_of(moved, colour), linear, atol=1e-3, rtol=1e-3)


def test_weight_scales_the_step_and_zero_leaves_the_latent():
    colour, covariance, latent, linear = setup()
    nowhere = torch.zeros_like(linear, dtype=torch.bool)
    residual = colour_residual(latent, colour, linear, nowhere, nowhere)
    correction = correction_matrix(colour, covariance)
    torch.testing.assert_close(consistency_projection(latent, residual, correction, torch.zeros(1, 1, 4, 5)), latent)
    half = consistency_projection(latent, residual, correction, torch.full((1, 1, 4, 5), 0.5))
    middle = (rgb_of(latent, colour) + linear) / 2
    torch.testing.assert_close(rgb_of(half, colour), middle, atol=1e-3, rtol=1e-3)


def test_clipped_channels_only_push_towards_what_they_say():
    colour, _, latent, _ = setup()
    rendered = rgb_of(latent, colour)
    everywhere = torch.ones_like(rendered, dtype=torch.bool)
    nowhere = ~everywhere
    brighter, darker = rendered + 0.1, rendered - 0.1
    assert (colour_residual(latent, colour, darker, nowhere, everywhere) == 0).all()  # already beyond full scale
    assert (colour_residual(latent, colour, brighter, nowhere, everywhere) > 0.09).all()
    assert (colour_residual(latent, colour, brighter, everywhere, nowhere) == 0).all()  # already below zero
    assert (colour_residual(latent, colour, darker, everywhere, nowhere) < -0.09).all()


def test_directions_that_err_most_give_way_first():
    colour, _, _, _ = setup()
    covariance = torch.diag(torch.tensor([100.0, 1, 1, 1, 1, 1, 1, 1]))
    correction = correction_matrix(colour, covariance)
    plain = correction_matrix(colour, torch.eye(8))
    moved, moved_plain = correction @ torch.ones(3), plain @ torch.ones(3)
    assert moved[0].abs() / moved.norm() > moved_plain[0].abs() / moved_plain.norm()
    torch.testing.assert_close(colour @ moved, torch.ones(3), atol=1e-2, rtol=1e-2)


def test_another_camera_is_met_without_wild_latents():
    """The learned metric knows nothing of colours beyond sRGB's: it must not be asked to make them up."""
    network = HydraNetwork(Architecture(400, 700, size=8, directions=3, width=8, blocks=0, hidden=8))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        network.decoder.table.copy_(torch.rand(network.decoder.table.shape, generator=generator))
    srgb_matrix, other = (
        network.colour_matrix(torch.as_tensor(get_camera(name).response(network.camera_grid()), dtype=torch.float32))
        for name in ("srgb", "nikon-5100")
    )
    unseen = torch.eye(8) - torch.linalg.pinv(srgb_matrix) @ srgb_matrix  # all that sRGB does not show
    with torch.no_grad():
        network.covariance.copy_(unseen + 1e-4 * torch.eye(8))
    latents = torch.rand(1, 8, 4, 4, generator=generator)
    linear, picture = (torch.einsum("ck,nkhw->nchw", matrix, latents) for matrix in (srgb_matrix, other))
    nothing = torch.zeros_like(linear, dtype=torch.bool)
    with torch.no_grad():
        network.student.trust_head.bias.fill_(20.0)
        read = network.student(linear).latent
        met = network(linear, nothing, nothing, other, picture, srgb_matrix=srgb_matrix).mean
        wild = network(linear, nothing, nothing, other, picture).mean
    seen = torch.einsum("ck,nkhw->nchw", other, met)
    torch.testing.assert_close(seen, picture, rtol=1e-3, atol=1e-3)
    assert (met - read).norm() < 0.5 * (wild - read).norm()
    left = network.visible_part(other.detach(), srgb_matrix.detach()) @ torch.linalg.pinv(other.detach())
    torch.testing.assert_close(other.detach() @ left, torch.eye(3), rtol=1e-3, atol=1e-3)
