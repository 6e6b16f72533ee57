"""Training an ensemble: one student for each fold of the scenes, joined around one decoder.

Every scene is left out by one member, so that the errors which calibrate the intervals are those of scenes unseen, and
no scene is lost to the fit.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from napari_hydra.errors import HydraError
from napari_hydra.hydra.model_files import load_network
from napari_hydra.hydra.networks.ensemble import Ensemble
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.student import Student
from napari_hydra.progress import ProgressCallback, sub_progress
from napari_hydra.training import stages
from napari_hydra.training.calibration import (
    Estimate,
    calibrate,
    estimate_scene,
    familiar_colours,
    figures_of,
    mean_figures,
)
from napari_hydra.training.run import NamedCube, train, write_model
from napari_hydra.training.run_folder import begun_with, refuse_others
from napari_hydra.training.scenes import TrainingScene, prepare_scenes
from napari_hydra.training.settings import TrainingSettings

MIN_FOLDS = 2
_LEAST_AXIS = 1e-4  # of the first one's length; what is shorter says nothing
_MORE_AXES = 1.5  # than one member's code has, so that what each says survives


def train_ensemble(
    training: Sequence[NamedCube],
    out: str | Path,
    settings: TrainingSettings,
    *,
    folds: int = 5,
    name: str = "mine",
    resume: bool = False,
    minutes: float | None = None,
    device: str = "auto",
    card: dict[str, Any] | None = None,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Train an ensemble of `folds` students, each without its share of the cubes, and join them.

    Parameters
    ----------
    training : sequence of (name, cube)
        Cube i is left out by member ``i % folds``, among the cubes that share its wavelengths.
    out : path
        Folder: ``fold1``, ``fold2``, ... hold the members' runs (see `train`), ``<name>.safetensors`` is the model.
    settings, name, resume, minutes, device, card, progress, cancel
        See `train`; `minutes` is the time for all members together.

    Returns
    -------
    Path
        The model.

    Raises
    ------
    HydraError
        If there are fewer cubes than folds, or `train` refuses one.
    Cancelled
        If `cancel` was set.
    """
    if not MIN_FOLDS <= folds <= len(training):
        raise HydraError(f"{len(training)} cubes cannot make {folds} folds; ask for 2 to {len(training)}.")
    folder = Path(out)
    parts = fold_numbers(training, folds)
    members = []
    for fold in range(folds):
        here = folder / f"fold{fold + 1}"
        written = here / f"{here.name}.safetensors"
        fit = [pair for pair, part in zip(training, parts, strict=True) if part != fold]
        left_out = [pair for pair, part in zip(training, parts, strict=True) if part == fold]
        own = replace(settings, seed=settings.seed + fold)
        if resume and written.is_file():
            refuse_others(here, begun_with(own, fit, left_out))
        else:
            train(
                fit,
                left_out,
                here,
                own,
                name=here.name,
                resume=resume and (here / "checkpoint.safetensors").is_file(),
                minutes=None if minutes is None else minutes / folds,
                device=device,
                choose=False,
                progress=sub_progress(progress, fold / folds, (fold + 1) / folds, f"member {fold + 1}/{folds}, {{}}"),
                cancel=cancel,
            )
        members.append(load_network(written)[0])
    scenes = prepare_scenes(training, settings)
    network = join_members(members)
    unseen = list(zip(scenes, parts, strict=True))
    rows = [figures_of(estimate.mean, scene) for scene, estimate in _left_out(members, network, unseen)]
    calibration = calibrate(network.decoder.nodes, _left_out(members, network, unseen), familiar_colours(scenes))
    card_fields = {
        "trained_on": f"{len(scenes)} cubes",
        "metrics": {"validation": mean_figures(rows), "scenes": [scene.name for scene in scenes], "folds": folds},
        **(card or {}),
    }
    return write_model(folder / f"{name}.safetensors", network, calibration, settings, card_fields)


def fold_numbers(cubes: Sequence[NamedCube], folds: int) -> list[int]:
    """Return the fold (0..folds-1) of each cube: in turn, among the cubes that share their number of bands."""
    met: dict[int, int] = {}
    numbers = []
    for _, cube in cubes:
        bands = int(cube.sizes["wavelength"])
        # Sensors start at different folds, so that those with few cubes do not all miss from the same member.
        place = met.setdefault(bands, len(met))
        numbers.append(place % folds)
        met[bands] += 1
    return numbers


@torch.no_grad()
def join_members(members: Sequence[HydraNetwork]) -> HydraNetwork:
    """Return an ensemble of the members' students around one decoder.

    The decoder spans the main axes of all that the members' own decoders say, scaled so that latents keep the identity
    as second moment. A member's latents become latents of the ensemble by a linear map, which goes into its heads. The
    directions of the uncertainty are the main axes of the mean covariance; the data-consistency projection corrects
    each member in its own.
    """
    first = members[0]
    nodes = first.decoder.nodes
    member_rows = [member.decoder.rows(nodes) for member in members]
    axes, values, _ = torch.linalg.svd(torch.cat(member_rows, 1).double(), full_matrices=False)
    size = min(int(_MORE_AXES * first.architecture.size), int((values > _LEAST_AXIS * values[0]).sum()))
    network = HydraNetwork(replace(first.architecture, members=len(members), size=size))
    scale = values[:size] / len(members) ** 0.5
    network.decoder.table.copy_((axes[:, :size] * scale).float())
    back = (axes[:, :size] / scale).T.float()
    maps = [back @ table for table in member_rows]
    covariances = torch.stack([turn @ m.covariance @ turn.T for turn, m in zip(maps, members, strict=True)])
    mean = covariances.mean(0)
    ridge = 1e-6 * mean.diagonal().mean() * torch.eye(size)
    stages.set_covariance(network, torch.linalg.cholesky(mean + ridge).T)
    network.log_residual.copy_(torch.stack([member.log_residual for member in members]).mean(0))
    reader = torch.linalg.pinv(network.directions)
    ensemble = network.student
    assert isinstance(ensemble, Ensemble)
    ensemble.reader.copy_(reader)
    ensemble.covariances.copy_(covariances)
    for number, (member, turn) in enumerate(zip(members, maps, strict=True)):
        student, head = member.student, ensemble.members[number]
        assert isinstance(student, Student)
        assert isinstance(head, Student)
        kept = {k: v for k, v in student.state_dict().items() if not k.startswith(("linear", "code_head."))}
        head.load_state_dict(kept, strict=False)
        head.linear.copy_(turn @ student.linear)
        for own, joint in zip(student.code_head.parameters(), head.code_head.parameters(), strict=True):
            joint.copy_(torch.einsum("kj,j...->k...", turn, own))
        ensemble.turns[number] = (reader @ turn @ member.directions).square()
    return network.eval()


def _left_out(
    members: Sequence[HydraNetwork], network: HydraNetwork, scenes: Sequence[tuple[TrainingScene, int]]
) -> Iterator[tuple[TrainingScene, Estimate]]:
    """Yield each scene with the estimate of the member that never saw it, and the uncertainty of the whole ensemble."""
    for scene, fold in scenes:
        estimate = estimate_scene(members[fold], scene)
        yield scene, Estimate(estimate.mean, estimate_scene(network, scene).std)
