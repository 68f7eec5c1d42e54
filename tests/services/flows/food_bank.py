"""A food bank over a real journal: its commands in short.

Goods are of RICE and at YICANG unless it is said; ``stocked`` is the book that tests begin with.
"""

from typing import Any

from sqlalchemy import select

from tests.installations import Community
from tests.services.flows.checks import has
from timebank.errors import TimebankError
from timebank.flows.command import Command
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.definitions import OpenAccount, RegisterLot
from timebank.flows.goods import Batch, Goods
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.moves import Move
from timebank.flows.rounds import SendRound
from timebank.services.posting import post_batch
from timebank.store import tables

RICE = "RICE-5KG"
YICANG, DEPOT, QUARANTINE = "stock:yicang", "stock:depot", "stock:yicang:quarantine"
TWO = ("staff:storekeeper:1", "staff:verifier:2")
ONE_TWICE = ("staff:storekeeper:1", "staff:verifier:1")
KEEPER = ("staff:storekeeper:1",)


def stocked(community: Community) -> Community:
    """A book with two places, a carrier, 20 good until 10 March, 50 until the next year.

    There are 10 that were given as rewards too. Today is 1 March.
    """
    community.enrol("车", kind="carrier")
    together(
        community,
        OpenAccount(account=QUARANTINE),
        OpenAccount(account=DEPOT),
        OpenAccount(account=f"{DEPOT}:quarantine"),
        lot("rice-2", expires="2026-03-10"),
        lot("prizes", expires="2026-03-02", uses=("reward",)),
        lot("bought", source="purchased"),
    )
    first = last(community) + 1
    together(community, take_in("rice-1", 50), take_in("rice-2", 20), take_in("prizes", 10))
    together(community, *(Inspect(received=first + index) for index in range(3)))
    return community


def lot(code: str, **facts: Any) -> RegisterLot:  # noqa: ANN401 - any fact
    return RegisterLot(**{"commodity": RICE, "lot": code, "source": "donated", **facts})


def goods(amount: int, code: str = "") -> tuple[Goods, ...]:
    return (Goods(commodity=RICE, amount=amount, lot=code),)


def batch(code: str, amount: int) -> tuple[Batch, ...]:
    return (Batch(commodity=RICE, lot=code, amount=amount),)


def take_in(code: str, amount: int) -> TakeIn:
    return TakeIn(to=YICANG, goods=batch(code, amount))


def send(book: Community, amount: int, code: str = "", **more: Any) -> SendRound:  # noqa: ANN401
    fields = {"place": YICANG, "carrier": book.ids["车"], "households": 5, **more}
    return SendRound(goods=goods(amount, code), **fields)


def move(book: Community, amount: int, code: str = "", **more: Any) -> Move:  # noqa: ANN401
    fields = {"place": YICANG, "carrier": book.ids["车"], **more}
    return Move(goods=goods(amount, code), **fields)


def spoil(code: str, amount: int, reason: Any = "damaged", **more: Any) -> Spoil:  # noqa: ANN401
    return Spoil(**{"account": YICANG, "goods": batch(code, amount), "reason": reason, **more})


def count(against: int, *found: tuple[str, int], **more: Any) -> Count:  # noqa: ANN401
    counted = tuple(Counted(commodity=RICE, lot=code, amount=amount) for code, amount in found)
    return Count(**{"account": YICANG, "against": against, "counted": counted, **more})


def balance(book: Community, account: str, code: str) -> int:
    return has(book, account, RICE, code)


def together(book: Community, *commands: Command) -> None:
    """Post all of these, or none."""
    postings = [book.posting(command) for command in commands]
    outcomes = post_batch(book.installation, book.slug, postings, atomic=True)
    assert not [one for one in outcomes if isinstance(one, TimebankError)]


def codes_of(book: Community, *commands: Command, by: tuple[str, ...] = ("system",)) -> list[str]:
    """What became of the commands of one batch: the code of an error, empty where it was posted."""
    postings = [book.posting(command, by=by) for command in commands]
    outcomes = post_batch(book.installation, book.slug, postings, atomic=False)
    return [one.code if isinstance(one, TimebankError) else "" for one in outcomes]


def stock(book: Community, code: str, amount: int) -> int:
    """Bring a lot on the shelf; give the seq of its intake."""
    received = book.post(take_in(code, amount), by=KEEPER).seq
    book.post(Inspect(received=received), by=KEEPER)
    return received


def last(book: Community) -> int:
    """The seq of the last entry."""
    with book.installation.engine.connect() as connection:
        return int(connection.execute(select(tables.heads.c.size)).scalar_one()) - 1


def bodies(book: Community) -> bytes:
    with book.installation.engine.connect() as connection:
        return b"".join(connection.execute(select(tables.entries.c.body)).scalars())
