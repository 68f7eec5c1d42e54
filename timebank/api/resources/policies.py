"""Policies 规则: the numbers a book runs by."""

from typing import Annotated, Final

import msgspec

from timebank.api.calls import Answer, Call, Nothing, Table
from timebank.api.commands import CommandBody
from timebank.api.operations import Resource
from timebank.api.values import Day, PostedView, to_posted
from timebank.flows.definitions import SetPolicy, SettingFact
from timebank.services import chart
from timebank.services.posting import post

resource = Resource("policies", "The numbers a book runs by, by the day they take force. 规则")
version = CommandBody(SetPolicy)


class SettingsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On which day."""

    on: Annotated[Day | None, msgspec.Meta(description="The day; today by default.")] = None


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """A version of the policy, in force from a day on, as the entry ``seq`` set it."""

    seq: int
    in_force: Day
    settings: tuple[SettingFact, ...]


class PolicyList(msgspec.Struct, frozen=True):
    """All versions of the policy."""

    policies: tuple[PolicyView, ...]


class SettingView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A number in force: since which day, and by which entry."""

    setting: str
    value: int
    in_force: Day
    seq: int
    commodity: str = ""
    category: str = ""
    goods: str = ""


_SET_FOR: Final = ("commodity", "category", "goods")


def _set_for(one: SettingFact | SettingView) -> tuple[str | None, ...]:
    """What a setting is set for: columns of a table."""
    return one.commodity, one.category, one.goods


class SettingList(msgspec.Struct, frozen=True):
    """All settings in force on a day."""

    settings: tuple[SettingView, ...]


def to_table(_call: Call[SettingsQuery], found: SettingList) -> Table:
    """Settings as a table."""
    rows = (
        (one.setting, *_set_for(one), one.value, one.in_force, one.seq) for one in found.settings
    )
    return Table(("setting", *_SET_FOR, "value", "in_force", "seq"), rows)


def policies_table(_call: Call[Nothing], found: PolicyList) -> Table:
    """Policies as a table, a row for each setting."""
    rows = (
        (one.seq, one.in_force, setting.setting, *_set_for(setting), setting.value)
        for one in found.policies
        for setting in one.settings
    )
    return Table(("seq", "in_force", "setting", *_SET_FOR, "value"), rows)


@resource.get("/policies", scope="read", query=Nothing, gives=PolicyList, table=policies_table)
def list_policies(call: Call[Nothing]) -> Answer[PolicyList]:
    """List all versions of the policy, in the order in which they were decided."""
    found = (
        PolicyView(
            seq=policy.seq,
            in_force=policy.in_force,
            settings=msgspec.convert(policy.settings, tuple[SettingFact, ...]),
        )
        for policy in chart.list_policies(call.installation, call.slug)
    )
    return Answer(value=PolicyList(tuple(found)))


@resource.get("/settings", scope="read", query=SettingsQuery, gives=SettingList, table=to_table)
def list_settings(call: Call[SettingsQuery]) -> Answer[SettingList]:
    """List the numbers in force on a day."""
    found = (
        SettingView(
            setting=one.setting,
            value=one.value,
            in_force=one.in_force,
            seq=one.seq,
            commodity=one.commodity,
            category=one.category,
            goods=one.goods,
        )
        for one in chart.settings_on(call.installation, call.slug, call.input.on)
    )
    return Answer(value=SettingList(tuple(found)))


@resource.post("/policies", scope="define", takes=version.type, gives=PostedView)
def set_policy(call: Call[msgspec.Struct]) -> Answer[PostedView]:
    """Set numbers the book runs by, from a day on."""
    posted = post(call.installation, call.slug, call.posting(version.asked(call.input)))
    created = f"/entries/{posted.seq}"
    return Answer(value=to_posted(posted), created=created, replayed=posted.replayed)
