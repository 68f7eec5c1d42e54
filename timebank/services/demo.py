"""The demo community in a book of its own: posted on the days of its year, from a seed.

Keys, member ids and salts follow from the seed, and so does every byte of the log. Whoever knows
the seed can sign for the book and read all of it: it is for looking at, never for real people. Its
origin ends in ``demo.invalid``, its title says so, and so does the API. What protects the database
itself (the installation key, the nonces) is as random as ever, and API keys are too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from hashlib import shake_256
from typing import Final

import msgspec

from timebank.demo.community import TIME_ZONE, TITLE, Demo
from timebank.demo.days import LAST
from timebank.demo.diary import BATCH_MAX, Item
from timebank.demo.officers import COORDINATOR
from timebank.demo.people import Person
from timebank.demo.poster import Progress, fill
from timebank.errors import AlreadyDefinedError, StaleStateError, TimebankError
from timebank.services.books import find_book, open_book
from timebank.services.clock import Clock, find_zone
from timebank.services.installation import Installation, Randomness
from timebank.services.members import Enrolment, enrol_batch, find_member_ids
from timebank.services.posting import Idempotency, Posted, Posting, post_batch
from timebank.services.views import view
from timebank.store.books import Book

SLUG: Final = "demo"
APP: Final = "demo"

_EVENING: Final = time(20)


class DemoBytes:
    """Bytes from a seed, for one purpose: no secret, and the same wherever they are drawn."""

    def __init__(self, demo: Demo, purpose: str) -> None:
        """Begin before the first day."""
        self._seed = f"timebank demo, not secret: {demo.size.name} {demo.seed} {purpose}"
        self._page = ""
        self._drawn = 0

    def turn_to(self, page: str) -> None:
        """Draw for this page from now on, whatever was drawn for others."""
        self._page = page
        self._drawn = 0

    def __call__(self, count: int) -> bytes:
        """Draw the next ``count`` bytes."""
        self._drawn += 1
        return shake_256(f"{self._seed} {self._page} {self._drawn}".encode()).digest(count)


class DemoClock(Clock):
    """A clock that stands at the evening of one day after the other."""

    def __init__(self) -> None:
        """Begin on the last day of the demo, after which it is left alone."""
        self._seconds = 0.0
        self.turn_to(LAST)
        super().__init__(wall=lambda: self._seconds, running=lambda: self._seconds)

    def turn_to(self, day: date) -> None:
        """Go to the evening of a day."""
        evening = datetime.combine(day, _EVENING, find_zone(TIME_ZONE))
        self._seconds = evening.astimezone(UTC).timestamp()


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What a demo takes in place of the real time and of real secrets."""

    demo: Demo
    keys: DemoBytes = field(init=False)
    salts: DemoBytes = field(init=False)
    clock: DemoClock = field(init=False, default_factory=DemoClock)

    def __post_init__(self) -> None:
        """Take both from the seed."""
        object.__setattr__(self, "keys", DemoBytes(self.demo, "keys"))
        object.__setattr__(self, "salts", DemoBytes(self.demo, "salts"))

    @property
    def randomness(self) -> Randomness:
        """As an installation takes it."""
        return Randomness(keys=self.keys, salts=self.salts)

    def turn_to(self, day: date, page: str) -> None:
        """Go to a day, and to what is drawn for this page of it."""
        self.clock.turn_to(day)
        for drawn in (self.keys, self.salts):
            drawn.turn_to(f"{day} {page}")


def open_demo_book(
    installation: Installation,
    demo: Demo | None = None,
    *,
    slug: str = SLUG,
    tell: Progress = lambda _done, _total: None,
) -> Book:
    """Open the demo's book and fill it, or go on where that was interrupted.

    Raises AlreadyDefinedError where there is another book of this name, where this one is
    complete, or where somebody has posted to it since.
    """
    demo = demo or Demo()
    world = DemoWorld(demo)
    inside = Installation(
        installation.engine,
        installation.vault,
        installation.settings,
        world.clock,
        world.randomness,
    )
    fill(demo, ServicePoster(inside, world, slug), tell)
    inside.on_close.close()
    return find_book(installation, slug)


def is_unfinished(installation: Installation, book: Book, demo: Demo) -> bool:
    """Whether it is the book of this demo, and its last days are missing.

    Whoever posts to it posts on a later day, so then it stays as it is.
    """
    if book.origin != demo.origin(book.slug):
        return False
    with view(installation, book.slug) as seen:
        return seen.head.posted < LAST.isoformat()


class ServicePoster:
    """Posts through the services, each batch in one transaction, unless it is there already.

    Each item has an idempotency key, so that two that post at once post it once.
    """

    def __init__(self, installation: Installation, world: DemoWorld, slug: str) -> None:
        """Post to the book ``slug``, in the world's time and with its randomness."""
        self._installation = installation
        self._world = world
        self._slug = slug

    def open(self, day: date) -> None:
        """Open the book, unless some of it is there already. Raises AlreadyDefinedError."""
        self._world.turn_to(day, "opening")
        demo = self._world.demo
        try:
            open_book(
                self._installation,
                slug=self._slug,
                title=TITLE,
                time_zone=TIME_ZONE,
                origin=demo.origin(self._slug),
            )
        except AlreadyDefinedError:
            book = find_book(self._installation, self._slug)
            if not is_unfinished(self._installation, book, demo):
                raise

    def enrol(self, day: date, people: Sequence[Person]) -> list[str]:
        """Enrol everybody; the first of them has the seq 1."""
        for first in range(0, len(people), BATCH_MAX):
            some = people[first : first + BATCH_MAX]
            if self._is_there(first + len(some)):
                continue
            self._world.turn_to(day, f"people {first}")
            enrolments = [(_to_enrolment(one), _key(f"person-{one.number}", one)) for one in some]
            by = (f"app:{APP}", *COORDINATOR)
            for outcome in enrol_batch(self._installation, self._slug, enrolments, by=by):
                _demand(outcome)
        numbers = [person.number for person in people]
        found = find_member_ids(self._installation, self._slug, numbers)
        return [found[number] for number in numbers]

    def post(self, day: date, items: Sequence[Item]) -> None:
        """Post items. Raises what speaks against one of them."""
        if self._is_there(items[-1].seq):
            return
        self._world.turn_to(day, f"items {items[0].seq}")
        postings = [
            Posting(
                command=item.command,
                by=(f"app:{APP}", *item.by),
                idempotency=_key(f"item-{item.seq}", (item.command, item.by)),
            )
            for item in items
        ]
        outcomes = post_batch(self._installation, self._slug, postings, atomic=True)
        for item, outcome in zip(items, outcomes, strict=True):
            if isinstance(outcome, TimebankError) and not _is_not_written(outcome):
                outcome.add_note(f"The demo was refused: {item}")
                raise outcome
        seqs = [_demand(outcome).seq for outcome in outcomes]
        assert seqs == [item.seq for item in items], "each has its place"

    def _is_there(self, seq: int) -> bool:
        with view(self._installation, self._slug) as seen:
            return seen.head.size > seq


def _to_enrolment(person: Person) -> Enrolment:
    return Enrolment(
        number=person.number, name=person.name, kind=person.kind, contact=person.contact
    )


def _key(key: str, content: object) -> Idempotency:
    return Idempotency(APP, key, "DEMO", SLUG, msgspec.json.encode(content, order="sorted"))


def _demand(outcome: Posted | TimebankError) -> Posted:
    """Give what was posted. Raises the refusal."""
    if isinstance(outcome, TimebankError):
        raise outcome
    return outcome


def _is_not_written(error: TimebankError) -> bool:
    """Whether it only says that another item of the batch was refused."""
    return isinstance(error, StaleStateError) and error.what == "batch"
