"""The page of the ablation."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.stats import binom

from benchmarks.ablation.rows import SHIPPED, TABLE
from benchmarks.rows import Row, known

Found = Mapping[str, Mapping[int, Mapping[str, list[float]]]]

_HEAD = """# What each part of the training is worth

Made from `benchmarks/results/ablation.json` by `python -m benchmarks ablation table` (trained on {date}, version
{version}); `python -m benchmarks ablation train DATA RUNS` trains all rows again (some two hours of one
core), or those after `--only`.

One student of `visible` (400-700 nm), two folds: {scenes} scenes of CAVE's training group, each scored (track
`srgb`) by the student that was trained without it. One thing is changed at a time. The scenes of the accuracy table
have no part in this, and half of the scenes teach less than all: compare rows with each other, not with other pages.
*Better* counts the scenes whose error is lower than as shipped (seed 0): of {scenes}, fewer than {few} or more than
{many} would be rare by chance (5 %).

As shipped, three seeds give an MRAE of {mrae} and an RMSE of {rmse} (mean and standard deviation).
"""


def page(rows: Sequence[Row]) -> str:
    """Return the page of the raw results."""
    found: dict[str, dict[int, dict[str, list[float]]]] = {}
    for row in rows:
        found.setdefault(row["row"], {})[row["seed"]] = row["scenes"]
    shipped = [_means(scenes) for scenes in found[SHIPPED].values()]
    mrae, rmse = ([pair[i] for pair in shipped] for i in (0, 1))
    count = len(found[SHIPPED][0])
    few = _fewest(count)
    text = [
        _HEAD.format(
            date=known(rows, "date"),
            version=known(rows, "version"),
            scenes=count,
            few=few,
            many=count - few,
            mrae=_mean_std(mrae),
            rmse=_mean_std(rmse),
        )
    ]
    for title, changes in TABLE.items():
        trained = {name: row for name, row in changes.items() if name in found}
        if not trained:
            continue
        text += [f"## {title}", "", "| row | what is changed | MRAE | RMSE | better in MRAE | in RMSE |"]
        text += ["|---|---|---|---|---|---|"]
        text += [f"| `{name}` | {row.what} | {' | '.join(_cells(found, name))} |" for name, row in trained.items()]
        text += [""]
    return "\n".join(text).rstrip() + "\n"


def _cells(found: Found, name: str) -> Iterator[str]:
    seeds = [_means(scenes) for scenes in found[name].values()]
    for i in (0, 1):
        yield _mean_std([pair[i] for pair in seeds])
    for i in (0, 1):
        base, here = found[SHIPPED][0], found[name][0]
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
