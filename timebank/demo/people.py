"""People: the households of the association, its stallholders and carriers. None is real."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from timebank.demo.chance import Chance
from timebank.demo.size import Size

_HOUSES: Final = 31
_STAIRCASES: Final = 4
_FLOORS: Final = 11
_FLATS: Final = 2


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be enrolled; ``contact`` is how to reach them, by field."""

    number: str
    name: str
    kind: Literal["member", "carrier", "stall"]
    contact: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, by the member ids that they were given when they were enrolled.

    Households that get aid are not among them: they have no accounts.
    """

    households: Sequence[str]
    stallholders: Sequence[str]
    families: Sequence[str]
    """Who has a shelf in the grid shop 义坊."""
    carriers: Sequence[str]
    leavers: Sequence[str]
    """The households that move away within the year."""

    @property
    def keen(self) -> Sequence[str]:
        """Who helps every week: one in two hundred, but three at least."""
        return self.households[: max(3, len(self.households) // 200)]

    @property
    def active(self) -> Sequence[str]:
        """Who helps now and then: every fourth household."""
        return self.households[: max(12, len(self.households) // 4)]

    @property
    def elders(self) -> Sequence[str]:
        """Who is helped: every tenth household, none of them among the active."""
        stay = self.households[: len(self.households) - len(self.leavers)]
        return stay[-max(6, len(self.households) // 10) :]

    @property
    def staying(self) -> Sequence[str]:
        """The households that do not move away."""
        return self.households[: len(self.households) - len(self.leavers)]


def imagine_people(seed: int, size: Size) -> list[Person]:
    """Everybody who is enrolled when the book is opened, households first."""
    from faker import Faker  # noqa: PLC0415  takes its time, and nobody else needs it

    chance = Chance(seed, "people")
    names = Faker("zh_CN")
    names.seed_instance(seed)
    sorts: list[tuple[Literal["member", "carrier", "stall"], str, int]] = [
        ("member", "", size.households),
        ("stall", "T", size.stallholders),
        ("stall", "Y", size.shop_families),
        ("carrier", "P", size.carriers),
    ]
    return [
        Person(
            number=f"{prefix}{number:0{5 - len(prefix)}}",
            name=names.name(),
            kind=kind,
            contact={"home": _imagine_home(chance)},
        )
        for kind, prefix, count in sorts
        for number in range(1, count + 1)
    ]


def name_people(size: Size, member_ids: Sequence[str]) -> People:
    """Who is who, by the ids they were given, in the order of :func:`imagine_people`."""
    rest = list(member_ids)

    def take(count: int) -> list[str]:
        taken, rest[:count] = rest[:count], []
        return taken

    households = take(size.households)
    return People(
        households=households,
        stallholders=take(size.stallholders),
        families=take(size.shop_families),
        carriers=take(size.carriers),
        leavers=households[-size.leavers :],
    )


def _imagine_home(chance: Chance) -> str:
    house, staircase = chance.whole(1, _HOUSES), chance.whole(1, _STAIRCASES)
    floor, flat = chance.whole(1, _FLOORS), chance.whole(1, _FLATS)
    return f"{house} 栋 {staircase} 单元 {floor}{flat:02}"
