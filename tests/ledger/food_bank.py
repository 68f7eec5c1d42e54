"""A food bank on a bench: two places, a carrier, and its commands in short.

    bank = FoodBank()
    bank.stock("rice-1", 50, expires="2026-12-31")
    round_ = bank.send(20)
    bank.end(round_, back=3, refused=1)
    bank.on_shelf("rice-1")  # 30

Amounts are of RICE, of the lot that is named or of those that the flow finds.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from tests.ledger.bench import Bench, member_id
from timebank.flows.counts import Count, Counted, Spoil
from timebank.flows.definitions import RegisterLot
from timebank.flows.goods import Batch, Goods
from timebank.flows.intakes import Inspect, TakeIn
from timebank.flows.moves import Arrive, Move
from timebank.flows.rounds import EndRound, SendRound

RICE: Final = "RICE"
YICANG: Final = "stock:yicang"
DEPOT: Final = "stock:depot"
TWO: Final = ("staff:storekeeper:1", "staff:verifier:2")
VAN: Final = member_id("van")


def goods(amount: int, lot: str = "", commodity: str = RICE) -> tuple[Goods, ...]:
    """Goods as a command names them; none of them where there is nothing."""
    return (Goods(commodity=commodity, amount=amount, lot=lot),) if amount else ()


def batch(lot: str, amount: int, commodity: str = RICE) -> tuple[Batch, ...]:
    """One lot of goods as a command names it."""
    return (Batch(commodity=commodity, lot=lot, amount=amount),)


@dataclass
class FoodBank:
    """A bench with RICE and OIL, the places yicang and depot, the carriers van and cart."""

    bench: Bench = field(default_factory=Bench)

    def __post_init__(self) -> None:
        for commodity in (RICE, "OIL"):
            self.bench.define(commodity, "goods")
        for place in (YICANG, DEPOT):
            self.bench.account(place)
            self.bench.account(f"{place}:quarantine")
        self.bench.enrol("van", "cart", kind="carrier")

    # --- what is there --------------------------------------------------------------------------

    def on_shelf(self, lot: str, place: str = YICANG, commodity: str = RICE) -> int:
        return self.bench.balance(place, commodity, lot)

    def in_quarantine(self, lot: str, place: str = YICANG) -> int:
        return self.bench.balance(f"{place}:quarantine", RICE, lot)

    def on_the_way(self, lot: str) -> int:
        return self.bench.balance("transit", RICE, lot)

    # --- commands in short ----------------------------------------------------------------------

    def lot(self, lot: str, **facts: Any) -> str:  # noqa: ANN401 - any fact of a lot
        command = RegisterLot(**{"commodity": RICE, "lot": lot, "source": "donated", **facts})
        self.bench.post(command)
        return lot

    def take_in(self, lot: str, amount: int, to: str = YICANG, commodity: str = RICE) -> int:
        return self.bench.post(TakeIn(to=to, goods=batch(lot, amount, commodity)))

    def inspect(self, received: int, rejected: int = 0, lot: str = "") -> int:
        return self.bench.post(Inspect(received=received, rejected=goods(rejected, lot)))

    def stock(
        self,
        lot: str,
        amount: int,
        place: str = YICANG,
        **facts: Any,  # noqa: ANN401 - any fact of a lot
    ) -> int:
        """Register a lot and bring it on the shelf; give the seq of the inspection."""
        self.lot(lot, **facts)
        return self.inspect(self.take_in(lot, amount, place, facts.get("commodity", RICE)))

    def move(self, amount: int, lot: str = "", place: str = YICANG) -> int:
        return self.bench.post(Move(place=place, carrier=VAN, goods=goods(amount, lot)))

    def arrive(self, move: int, lost: int = 0, place: str = DEPOT) -> int:
        return self.bench.post(Arrive(move=move, place=place, lost=goods(lost)))

    def send(self, amount: int, lot: str = "", households: int = 5) -> int:
        command = SendRound(
            place=YICANG, carrier=VAN, households=households, goods=goods(amount, lot)
        )
        return self.bench.post(command)

    def end(self, round_: int, back: int = 0, lost: int = 0, **facts: Any) -> int:  # noqa: ANN401 - any fact
        command = EndRound(round=round_, back=goods(back), lost=goods(lost), **facts)
        return self.bench.post(command)

    def spoil(self, lot: str, amount: int, reason: Any = "damaged", **more: Any) -> int:  # noqa: ANN401 - any fact
        fields = {"account": YICANG, **more}
        command = Spoil(goods=batch(lot, amount), reason=reason, **fields)
        return self.bench.post(command, by=TWO)

    def count(self, lot: str, amount: int, against: int | None = None, **more: Any) -> int:  # noqa: ANN401 - any fact
        """Count a lot against the book as it is, or as it was after an entry."""
        command = Count(
            against=self.bench.state.size - 1 if against is None else against,
            counted=(Counted(commodity=RICE, lot=lot, amount=amount),),
            **{"account": YICANG, **more},
        )
        return self.bench.post(command, by=TWO)
