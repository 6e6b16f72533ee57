"""The name under which the package is distributed, and whether another distribution claims the same package.

On the package index ``napari-hydra`` is another project, whose wheel installs a package called ``napari_hydra`` too.
"""

import warnings
from importlib.metadata import PackageNotFoundError, version

DISTRIBUTION = "napari-spectral-hydra"  # also the manifest's name and the prefix of its command ids: npe2 wants one
NAMESAKE = "napari-hydra"


def warn_of_namesake() -> None:
    """Warn if a distribution is installed whose files stand in the same folder as ours."""
    try:
        found = version(NAMESAKE)
    except PackageNotFoundError:
        return
    warnings.warn(
        f"The distribution {NAMESAKE} {found} also owns the package napari_hydra, so its files and ours are mixed; run "
        f"'pip uninstall {NAMESAKE} {DISTRIBUTION}', then 'pip install {DISTRIBUTION}'.",
        RuntimeWarning,
        stacklevel=3,
    )
