"""Presets 规则模板: settings that a book can adopt through ``POST /policies``."""

from typing import Annotated

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Table
from timebank.api.operations import Resource
from timebank.flows.definitions import SettingFact
from timebank.flows.presets import Preset, all_presets, find_preset, settings_of
from timebank.ledger import codes

resource = Resource("presets", "Settings to begin with. 规则模板", of_book=False)


class PresetQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For what."""

    commodity: Annotated[
        str | None,
        msgspec.Meta(description="What the settings are to be for; the preset says by default."),
    ] = None


class PresetName(msgspec.Struct, frozen=True, kw_only=True):
    """A preset by its name, that for people in English and Chinese, and what it is for."""

    preset: str
    title: str
    title_zh: str
    commodity: str
    commodity_kind: str


class PresetNames(msgspec.Struct, frozen=True):
    """All presets."""

    presets: tuple[PresetName, ...]


class PresetView(PresetName, frozen=True, kw_only=True):
    """A preset. ``settings`` are as ``POST /policies`` takes them, ``sources`` says of each why."""

    settings: tuple[SettingFact, ...]
    sources: tuple[str, ...]


def to_table(_call: Call[Nothing], found: PresetNames) -> Table:
    """Presets as a table."""
    columns = ("preset", "title", "title_zh", "commodity", "commodity_kind")
    return Table(columns, (msgspec.structs.astuple(one) for one in found.presets))


@resource.get("/presets", scope=None, query=Nothing, gives=PresetNames, table=to_table)
def list_presets(_call: Call[Nothing]) -> Answer[PresetNames]:
    """List the presets."""
    names = (PresetName(**_names(preset)) for preset in all_presets().values())
    return Answer(value=PresetNames(tuple(names)))


@resource.get("/presets/<preset>", scope=None, query=PresetQuery, gives=PresetView)
def get_preset(call: Call[PresetQuery], preset: str) -> Answer[PresetView]:
    """Show the settings of a preset, ready to be sent to ``POST /policies``."""
    found, commodity = find_preset(preset), call.input.commodity
    if commodity is not None:
        codes.check_code("commodity", commodity, field="commodity")
    view = PresetView(
        **_names(found),
        settings=settings_of(found, commodity),
        sources=tuple(one.source for one in found.settings),
    )
    return Answer(value=view)


def _names(preset: Preset) -> dict[str, str]:
    return {
        "preset": preset.preset,
        "title": preset.title,
        "title_zh": preset.title_zh,
        "commodity": preset.commodity,
        "commodity_kind": preset.commodity_kind,
    }
