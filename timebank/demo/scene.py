"""The scene: what all businesses of the community share."""

from dataclasses import dataclass, field

from timebank.demo.chance import Chance
from timebank.demo.diary import Diary
from timebank.demo.people import People
from timebank.demo.size import Size
from timebank.demo.stock import Stock


@dataclass(frozen=True, slots=True)
class Scene:
    """Who is there, the diary they write in, and the shelves."""

    seed: int
    size: Size
    people: People
    diary: Diary
    stock: Stock = field(default_factory=Stock)

    def chance(self, topic: str) -> Chance:
        """The chance of a topic."""
        return Chance(self.seed, topic)
