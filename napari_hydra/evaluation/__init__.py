"""How good a reconstruction is: the fixed protocol, its metrics, and reports of them.

`evaluate_cube` takes a picture of a measured cube, has a model reconstruct it and scores the result; `score`
judges a reconstruction of any picture against a truth; `compare` judges two cubes.
"""

from napari_hydra.evaluation.comparison import Comparison, compare, error_maps
from napari_hydra.evaluation.figures import Figures, fitted_factor, measure
from napari_hydra.evaluation.reports import mean_scores, report, scores_table, write_report
from napari_hydra.evaluation.scene import SceneScores, evaluate_cube, score

__all__ = [
    "Comparison",
    "Figures",
    "SceneScores",
    "compare",
    "error_maps",
    "evaluate_cube",
    "fitted_factor",
    "mean_scores",
    "measure",
    "report",
    "score",
    "scores_table",
    "write_report",
]
