"""Check that the lowest versions declared are those installed: a bound below what others ask for promises nothing.

For an environment made by ``uv pip install --resolution lowest-direct -e ".[all]"``. The Qt binding is not looked at:
it is a part of napari's extra.
"""

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version


def main() -> int:
    """Print the bounds that were lifted; return how many."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lifted = 0
    for line in project["dependencies"]:
        requirement = Requirement(line)
        (floor,) = (part.version for part in requirement.specifier if part.operator == ">=")
        found = Version(version(requirement.name))
        # 2024.6 stands for 2024.6.1 where that is the first of the month, and 2.6.0+cpu is 2.6.
        if found.release[: len(Version(floor).release)] != Version(floor).release:
            lifted += 1
            sys.stdout.write(f"{requirement.name}: {floor} is declared, {found} is the lowest that can be installed\n")
    return lifted


if __name__ == "__main__":
    sys.exit(main())
