"""The three stages of HYDRA's training: teacher alone, distillation against the frozen decoder, joint refinement.

Distillation comes in two parts, first "colour" (loose pixels, the pixel branch alone), then "context" (patches).
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from napari_hydra.camera import get_camera
from napari_hydra.hydra.networks.network import HydraNetwork, band_std
from napari_hydra.hydra.networks.student import Student
from napari_hydra.training.losses import gaussian_nll, relative_error, spectral_loss
from napari_hydra.training.sampling import Batch, draw_pixels, draw_spectra
from napari_hydra.training.scenes import SceneGroup
from napari_hydra.training.settings import TrainingSettings

_SPECTRA_PER_GROUP = 384
_ROUGHNESS = 2.0


@dataclass(frozen=True)
class Stage:
    """What a stage trains, and on what: `patches`, which have a context, or loose pixels."""

    decoder: bool
    student: bool
    patches: bool


STAGES = {
    "teacher": Stage(decoder=True, student=False, patches=False),
    "colour": Stage(decoder=False, student=True, patches=False),
    "context": Stage(decoder=False, student=True, patches=True),
    "joint": Stage(decoder=True, student=True, patches=True),
}


def srgb_response(network: HydraNetwork) -> Tensor:
    """Return the response (G, 3) of an sRGB camera under D65 on the network's camera grid."""
    return torch.as_tensor(get_camera("srgb").response(network.camera_grid()), dtype=torch.float32)


def initialise_teacher(network: HydraNetwork, groups: tuple[SceneGroup, ...], random: np.random.Generator) -> None:
    """Start the decoder at the principal components of all spectra, resampled to its nodes."""
    nodes = network.decoder.nodes
    pieces = []
    for group in groups:
        covered = (nodes >= group.wavelengths[0] - 5) & (nodes <= group.wavelengths[-1] + 5)
        if covered.mean() < 0.7:
            continue
        spectra = draw_spectra(group, 3000, random)
        pieces.append(np.stack([np.interp(nodes, group.wavelengths, s) for s in spectra]))
    if not pieces:  # no sensor covers most of the range: hold the edges and let the fit sort it out
        for group in groups:
            spectra = draw_spectra(group, 3000, random)
            pieces.append(np.stack([np.interp(nodes, group.wavelengths, s) for s in spectra]))
    matrix = np.concatenate(pieces)
    size = network.decoder.size
    _, values, components = np.linalg.svd(matrix / np.sqrt(len(matrix)), full_matrices=False)
    count = min(size, len(values))
    table = np.zeros((len(nodes), size), np.float32)
    table[:, :count] = (components[:count] * np.maximum(values[:count], 1e-4)[:, None]).T
    with torch.no_grad():
        network.decoder.table.copy_(torch.from_numpy(table))


def whiten_latents(network: HydraNetwork, groups: tuple[SceneGroup, ...], random: np.random.Generator) -> None:
    """Turn the latent's axes so that the latents of normalised spectra have the identity as second moment."""
    moment = np.zeros((network.decoder.size,) * 2)
    table = network.decoder.table
    with torch.no_grad():
        for group in groups:
            spectra = torch.from_numpy(draw_spectra(group, 3000, random)).to(table)
            latents = network.teacher.encode(spectra, group.wavelengths).double().cpu().numpy()
            moment += latents.T @ latents / len(latents) / len(groups)
        values, vectors = np.linalg.eigh(moment)
        root = vectors * np.sqrt(np.maximum(values, 1e-6))
        table.copy_(table @ torch.from_numpy(root[:, ::-1].copy()).to(table))


def teacher_loss(network: HydraNetwork, groups: tuple[SceneGroup, ...], random: np.random.Generator) -> Tensor:
    """Return the error of spectra after encoding, each sensor counting the same.

    Every other draw encodes from a random half of the bands and must predict the rest: the decoder learns to
    interpolate between the bands of any one sensor.
    """
    total = network.decoder.table.new_zeros(())
    for group in groups:
        spectra = torch.from_numpy(draw_spectra(group, _SPECTRA_PER_GROUP, random)).to(total.device)
        mask = None
        if random.random() < 0.5 and len(group.wavelengths) > 2 * network.decoder.size:
            mask = torch.from_numpy(random.random(len(group.wavelengths)) < 0.5).to(total.device)
        latents = spectra @ network.teacher.encoder_matrix(group.wavelengths, mask).T
        decoded = network.teacher.decode(latents, group.wavelengths)
        total = total + ((decoded - spectra).abs() / (0.3 + spectra)).mean()
    return total / len(groups) + _ROUGHNESS * network.decoder.roughness()


def initialise_student(network: HydraNetwork, groups: tuple[SceneGroup, ...], settings: TrainingSettings) -> None:
    """Start the student at the least-squares linear map from colour to latent, its uncertainty at what that leaves."""
    assert isinstance(network.student, Student)
    random = np.random.default_rng(settings.seed + 1)
    colours, latents = [], []
    device = network.decoder.table.device
    with torch.no_grad():
        for _ in range(24 * len(groups)):
            batch = draw_pixels(groups, settings, random)
            spectra = batch.target[0].flatten(1).T
            latents.append(network.teacher.encode(spectra.to(device), batch.wavelengths).cpu())
            colours.append(batch.linear[0].flatten(1).T)
        rgb, latent = torch.cat(colours).double(), torch.cat(latents).double()
        weight = 1 / (rgb.mean(1, keepdim=True) + 0.05)
        gram = (rgb * weight).T @ (rgb * weight)
        linear = torch.linalg.solve(gram, (rgb * weight).T @ (latent * weight)).T
        network.student.linear.copy_(linear.float())
        set_covariance(network, ((latent - rgb @ linear.T) * weight).float())


def set_covariance(network: HydraNetwork, residual: Tensor) -> None:
    """Set the projection's covariance and the directions of the uncertainty from latent residuals (n, k)."""
    with torch.no_grad():
        covariance = (residual.T @ residual / len(residual)).double().cpu()
        covariance = covariance / covariance.diagonal().mean()
        network.covariance.copy_(covariance.float())
        values, vectors = torch.linalg.eigh(covariance)
        top = vectors[:, -network.directions.shape[1] :].flip(1)
        scale = values[-network.directions.shape[1] :].flip(0).clamp(min=1e-6).sqrt()
        network.directions.copy_((top * scale).float())


def student_parameters(network: HydraNetwork) -> list[nn.Parameter]:
    """Return what the student's stages train: everything but the decoder."""
    return [p for name, p in network.named_parameters() if not name.startswith(("decoder.", "teacher."))]


def student_loss(
    network: HydraNetwork,
    batch: Batch,
    response: Tensor,
    settings: TrainingSettings,
    stage: str,
    with_context: Tensor | bool,
    second: HydraNetwork | None = None,
) -> Tensor:
    """Return the loss of a batch.

    While the teacher is distilled the target is the encoded truth: free of what no latent can say
    (sensor noise), so the student is not asked to guess it. In the joint stage it is the truth itself, and an anchor
    keeps decoder and encoder a pair.

    A `second` teacher, an ensemble, adds its own estimate of the same picture as a soft label, and its uncertainty
    takes the place of the student's own residuals: those of scenes that the student learns by heart are too small.
    """
    estimate, deviation = estimate_batch(network, batch, response, with_context)
    target, anchor = batch.target, estimate.new_zeros(())
    if stage != "joint":
        with torch.no_grad():
            target = encoded_truth(network, batch)
    elif settings.autoencoder_weight:
        anchor = settings.autoencoder_weight * relative_error(encoded_truth(network, batch), batch.target)
    mean_loss = spectral_loss(estimate, target, settings.relative, settings.absolute, settings.angle)
    if second is None:
        uncertainty_loss = gaussian_nll(estimate.detach(), deviation, batch.target)
        return mean_loss + anchor + 0.02 * uncertainty_loss
    with torch.no_grad():
        soft, soft_std = estimate_batch(second, batch, response, with_context)
    soft_loss = spectral_loss(estimate, soft.clamp(min=0), settings.relative, settings.absolute, settings.angle)
    uncertainty_loss = (deviation.log() - soft_std.log()).abs().mean()
    return torch.lerp(mean_loss, soft_loss, settings.soft_label_weight) + anchor + 0.1 * uncertainty_loss


def estimate_batch(
    network: HydraNetwork, batch: Batch, response: Tensor, with_context: Tensor | bool
) -> tuple[Tensor, Tensor]:
    """Return a network's estimate of a batch and its standard deviation, both (N, B, h, w)."""
    colour = network.colour_matrix(response)
    result = network(batch.linear, batch.low, batch.high, colour, with_context=with_context)
    estimate = torch.einsum("bk,nkhw->nbhw", network.decoder.rows(batch.wavelengths), result.mean)
    return estimate, band_std(result.uncertainty, network.uncertainty_basis(batch.wavelengths, colour.detach()))


def encoded_truth(network: HydraNetwork, batch: Batch) -> Tensor:
    """Return the truth (N, B, h, w) after the teacher's round trip, never negative."""
    matrix = network.decoder.rows(batch.wavelengths) @ network.teacher.encoder_matrix(batch.wavelengths)
    return torch.einsum("cb,nbhw->nchw", matrix, batch.target).clamp(min=0)


def latent_residuals(network: HydraNetwork, groups: tuple[SceneGroup, ...], settings: TrainingSettings) -> Tensor:
    """Return what is left (n, k) between the teacher's latents and the student's, over brightness."""
    random = np.random.default_rng(settings.seed + 2)
    device = network.decoder.table.device
    left = []
    with torch.no_grad():
        for _ in range(12 * len(groups)):
            batch = draw_pixels(groups, settings, random).to(device)
            output = network.student(batch.linear, False)
            latents = torch.einsum("kb,nbhw->nkhw", network.teacher.encoder_matrix(batch.wavelengths), batch.target)
            difference = (latents - output.latent) / (batch.linear.mean(1, keepdim=True) + 0.05)
            usable = ~(batch.low | batch.high).any(1)
            left.append(difference.permute(0, 2, 3, 1)[usable].cpu())
    return torch.cat(left)
