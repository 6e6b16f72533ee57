"""The page of the ablation."""

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.stats import binom

from benchmarks.ablation.rows import SHIPPED, TABLE

Found = Mapping[str, Mapping[str, Mapping[str, list[float]]]]

_HEAD = """# What each part of the training is worth

Made from [ablation.json](ablation.json) by `python -m benchmarks.ablation table` ({date}); `python -m
benchmarks.ablation train DATA/cave-train OUT` trains all rows again (some two hours of one core), or those after
`--only`.

One student of `visible` (400-700 nm), two folds: {scenes} scenes of CAVE's training group, each scored (track
`srgb`) by the student that was trained without it. One thing is changed at a time. The scenes of the accuracy table
have no part in this, and half of the scenes teach less than all: compare rows with each other, not with other pages.
*Better* counts the scenes whose error is lower than as shipped (seed 0): of {scenes}, fewer than {few} or more than
{many} would be rare by chance (5 %).

As shipped, three seeds give an MRAE of {mrae} and an RMSE of {rmse} (mean and spread).
"""


def page_of(found: Found, date: str) -> str:
    """Return the page of {row: {seed: {scene: [MRAE, RMSE]}}}."""
    shipped = [_means(scenes) for scenes in found[SHIPPED].values()]
    mrae, rmse = ([pair[i] for pair in shipped] for i in (0, 1))
    count = len(found[SHIPPED]["0"])
    few = _fewest(count)
    text = [
        _HEAD.format(
            date=date,
            scenes=count,
            few=few,
            many=count - few,
            mrae=_mean_std(mrae),
            rmse=_mean_std(rmse),
        )
    ]
    for title, rows in TABLE.items():
        known = {name: row for name, row in rows.items() if name in found}
        if not known:
            continue
        text += [f"## {title}", "", "| row | what is changed | MRAE | RMSE | better in MRAE | in RMSE |"]
        text += ["|---|---|---|---|---|---|"]
        text += [f"| `{name}` | {row.what} | {' | '.join(_cells(found, name))} |" for name, row in known.items()]
        text += [""]
    return "\n".join(text).rstrip() + "\n"


def _cells(found: Found, name: str) -> Iterator[str]:
    seeds = [_means(scenes) for scenes in found[name].values()]
    for i in (0, 1):
        yield _mean_std([pair[i] for pair in seeds])
    for i in (0, 1):
        base, here = found[SHIPPED]["0"], found[name]["0"]
        yield "-" if name == SHIPPED else str(sum(here[scene][i] < base[scene][i] for scene in base))


def _means(scenes: Mapping[str, list[float]]) -> tuple[float, float]:
    mrae, rmse = np.mean(list(scenes.values()), 0)
    return float(mrae), float(rmse)


def _mean_std(values: list[float]) -> str:
    mean = f"{np.mean(values):.4f}".lstrip("0")
    return mean if len(values) == 1 else f"{mean} +- {np.std(values, ddof=1):.4f}".replace("+- 0", "+- ")


def _fewest(count: int) -> int:
    """Return the smallest number of heads in `count` throws that is not rare: fewer come in at most 2.5 % of cases."""
    return int(binom.ppf(0.025, count, 0.5))
