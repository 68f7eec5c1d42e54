"""Presets 规则模板: settings that a book can adopt as they are, each with the source of its number.

A preset is a proposal and no part of any log: whoever adopts it posts its settings as one
``policy.set``, and the log holds those. So the file may change, and what was adopted does not.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import msgspec

from timebank.errors import UnknownPresetError
from timebank.flows.definitions import SettingFact
from timebank.ledger.registry import standard_registry


class PresetSetting(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One number of a preset, and where it comes from."""

    setting: str
    value: int
    source: str
    category: str | None = None


class Preset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings that belong together. ``commodity`` is what they are set for, unless another is."""

    preset: str
    title: str
    title_zh: str
    commodity: str
    commodity_kind: Literal["time", "points"]
    settings: tuple[PresetSetting, ...]


class _PresetFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    presets: tuple[Preset, ...]


@lru_cache(maxsize=1)
def all_presets() -> Mapping[str, Preset]:
    """The presets that come with this package, by name."""
    data = files("timebank.flows").joinpath("presets.json").read_bytes()
    found = msgspec.json.decode(data, type=_PresetFile)
    return MappingProxyType({preset.preset: preset for preset in found.presets})


def find_preset(name: str) -> Preset:
    """The preset with this name. Raises UnknownPresetError."""
    found = all_presets().get(name)
    if found is None:
        raise UnknownPresetError(name)
    return found


def settings_of(preset: Preset, commodity: str | None = None) -> tuple[SettingFact, ...]:
    """The settings of a preset as ``policy.set`` takes them, for this commodity or its own."""
    specs = standard_registry().settings
    code = commodity or preset.commodity
    return tuple(
        SettingFact(
            setting=one.setting,
            value=one.value,
            commodity=code if specs[one.setting].commodity else None,
            category=one.category,
        )
        for one in preset.settings
    )
