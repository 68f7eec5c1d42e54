"""Which folders go into the wheel; all else is in pyproject.toml.

The migrations lie at top level and are installed as ``timebank.migrations``, which setuptools
cannot be told declaratively while it still finds the other packages by itself.
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["timebank", "timebank.*"]),
        *(f"timebank.{package}" for package in find_packages(include=["migrations*"])),
    ],
    package_dir={"timebank.migrations": "migrations"},
)
