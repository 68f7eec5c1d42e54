"""The settings of policies, each with the day from which it is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from timebank.ledger.model import Policy

SettingKey = tuple[str, str, str, str]
"""A setting, and the commodity, the category and the goods that it is set for."""


class Version(NamedTuple):
    """A value of a setting: the day it takes force, and the policy that set it."""

    in_force: str
    seq: int
    value: int


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the first ``count`` policies, by what they are set for.

    Never changed, so it is shared.
    """

    count: int = 0
    versions: Mapping[SettingKey, tuple[Version, ...]] = field(default_factory=dict)

    def extended(self, policies: Sequence[Policy]) -> "Settings":
        """The settings of all these policies, the first of which are here already."""
        versions = dict(self.versions)
        for policy in policies[self.count :]:
            for item in policy.settings:
                key = setting_key(item)
                version = Version(policy.in_force, policy.seq, item["value"])
                versions[key] = (*versions.get(key, ()), version)
        return Settings(len(policies), versions)

    def find(self, key: SettingKey, day: str) -> Version | None:
        """What is in force on a day: of the policy that took force last, and then was set last.

        None where it was never set.
        """
        last: Version | None = None
        for one in self.versions.get(key, ()):
            if one.in_force <= day and (last is None or one > last):
                last = one
        return last


NO_SETTINGS: Final = Settings()


def setting_key(item: Mapping[str, Any]) -> SettingKey:
    """What an item of a policy sets, and for what; empty where it is not set for such."""
    return (
        item["setting"],
        item.get("commodity", ""),
        item.get("category", ""),
        item.get("goods", ""),
    )
