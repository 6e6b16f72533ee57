"""Which data made the shipped models, and their terms: ``python -m tools.provenance`` writes docs/data.md and NOTICE.

Both are made from resources/provenance.toml, as are the lines on the model cards (`tools.renew_cards`).
"""

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "napari_hydra" / "resources" / "provenance.toml"
USES = ("trains", "calibrates", "judges")

_PAGE = """# Data behind the models

Made from [provenance.toml](../napari_hydra/resources/provenance.toml) by `python -m tools.provenance`; the model cards
say the same (`napari-hydra models`, `napari-hydra info MODEL`).

**The code is BSD-3-Clause. The weights are not: who uses a model is bound by the terms of the data that it was made
of**, which for all four means research use. Please cite the data. A model of your own cubes is yours.

*Trains*: the weights were fitted to it. *Calibrates*: its errors in scenes left out set the widths of intervals or
the prior of the scene effect. *Judges*: figures were taken on it, and nothing was fitted.

{table}

Weights are fitted to nothing whose terms forbid passing on what was made of it, sensitivities of cameras under
non-commercial share-alike terms among them. The camera, light and chart tables are those of colour-science, under its
BSD licence (`resources/colour_tables.LICENSE`).
"""

_NOTICE = """napari-hydra

The code is under the BSD 3-clause licence, see LICENSE.

The weights (napari_hydra/resources/*.safetensors) are not. They were made of data of others and come under the terms
of those data, here called LicenseRef-Research-Data: use them for research, cite the data, and keep this notice.

{models}

napari_hydra/resources/colour_tables.npz holds tables of colour-science, under the BSD 3-clause licence of the Colour
Developers, see napari_hydra/resources/colour_tables.LICENSE.
"""


def data_sets() -> list[dict[str, Any]]:
    """Return the entries of the table."""
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))["data"]


def lines_of(model: str) -> list[str]:
    """Return what a model's card says of its data: a line for each, with its use, terms and citation."""
    lines = []
    for data in data_sets():
        if uses := [use for use in USES if model in data.get(use, ())]:
            lines.append(f"{data['name']} ({', '.join(uses)}): {data['terms']}; {data['citation']}")
    return lines


def models() -> list[str]:
    """Return the models that the table names."""
    return sorted({model for data in data_sets() for use in USES for model in data.get(use, ())})


def page() -> str:
    """Return the text of docs/data.md."""
    rows = ["| data | what | trains | calibrates | judges | terms | cite |", "|---|---|---|---|---|---|---|"]
    for data in data_sets():
        uses = (", ".join(f"`{model}`" for model in data.get(use, ())) for use in USES)
        rows.append("| " + " | ".join([data["name"], data["what"], *uses, data["terms"], data["citation"]]) + " |")
    return _PAGE.format(table="\n".join(rows))


def notice() -> str:
    """Return the text of NOTICE."""
    return _NOTICE.format(models="\n\n".join("\n".join([f"{name}:", *lines_of(name)]) for name in models()))


if __name__ == "__main__":
    (ROOT / "docs" / "data.md").write_text(page(), encoding="utf-8")
    (ROOT / "NOTICE").write_text(notice(), encoding="utf-8")
