"""An ensemble of students, each taught without a part of the scenes, that reads latents together.

Member m of n says z_m with standard deviations sigma_m along its own directions of the uncertainty V_m; together

    z       = mean_m z_m
    sigma^2 = sum_m [P (z_m - z)]^2 / (n - 1)  +  mean_m T_m sigma_m^2

The mean errs less than any one of them. Where they disagree the colour is one that the scenes do not settle: the
disagreement, read along the ensemble's directions of the uncertainty by P (r, k), widens the interval (bagging, Breiman
1996). T_m (r, r), squares of P V_m, brings a member's own variance to those directions. The members are the folds of a
cross-validation, so that each scene was unseen by one of them and says how wide their intervals must be (CV+, Barber et
al. 2021).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from napari_hydra.hydra.networks.architecture import Architecture
from napari_hydra.hydra.networks.student import StudentOutput
from napari_hydra.hydra.networks.students import find_student


class Ensemble(nn.Module):
    """Several students with the surface of one.

    Parameters
    ----------
    architecture : Architecture
        Of each member; `members` says how many, two at least.
    """

    turns: Tensor
    covariances: Tensor
    reader: Tensor

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        members, size, directions = architecture.members, architecture.size, architecture.directions
        students = [find_student(architecture.student)(architecture) for _ in range(members)]
        self.members, self.margin = nn.ModuleList(students), students[0].margin
        # What a unit of variance along a member's own directions of the uncertainty is along the ensemble's.
        self.register_buffer("turns", torch.eye(directions).repeat(members, 1, 1))
        # Of each member's errors in code: a member learned to be corrected in its own metric.
        self.register_buffer("covariances", torch.eye(size).repeat(members, 1, 1))
        # Takes a difference of latents to the ensemble's directions of the uncertainty.
        self.register_buffer("reader", torch.eye(directions, size))

    def readers(self) -> list[tuple[nn.Module, Tensor]]:
        """Return the members, each with the covariance (k, k) that it learned to be moved in."""
        return list(zip(self.members, self.covariances, strict=True))

    def aggregate(self, outputs: Sequence[StudentOutput]) -> StudentOutput:
        """Return mean latent and consistency weight of the members, and deviations that hold their disagreement."""
        latents = torch.stack([one.latent for one in outputs])
        mean = latents.mean(0)
        apart = torch.einsum("rk,mnkhw->mnrhw", self.reader, latents - mean)
        between = apart.square().sum(0) / (len(outputs) - 1)
        own = torch.einsum("mrs,mnshw->nrhw", self.turns, torch.stack([one.std for one in outputs]).square())
        consistency_weight = torch.stack([one.consistency_weight for one in outputs]).mean(0)
        return StudentOutput(mean, (between + own / len(outputs)).sqrt(), consistency_weight)
