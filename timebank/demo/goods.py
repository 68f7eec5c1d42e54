"""Goods: what the food bank and the charity supermarket hand out."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Goods:
    """One sort of goods: cost of one in fen, price in points, days it keeps."""

    commodity: str
    title: str
    cost: int
    price: int
    keeps_days: int

    def lot(self, name: str) -> str:
        """The code of a batch of it."""
        return f"{self.commodity.lower()}:{name}"


RICE: Final = Goods("RICE-5KG", "大米 5 公斤", 3_180, 35, 360)
FLOUR: Final = Goods("FLOUR-5KG", "面粉 5 公斤", 2_650, 28, 180)
OIL: Final = Goods("OIL-1L", "食用油 1 升", 1_790, 20, 540)
SOAP: Final = Goods("SOAP", "香皂", 420, 5, 1_080)
TOOTHPASTE: Final = Goods("TOOTHPASTE", "牙膏", 780, 8, 1_080)
TISSUES: Final = Goods("TISSUES", "纸巾", 990, 12, 1_800)

STAPLES: Final = (RICE, FLOUR, OIL, SOAP, TOOTHPASTE)
"""What the pool buys: rice, flour, oil and toiletries."""

SHELF: Final = (OIL, SOAP, TOOTHPASTE, TISSUES)
"""What the charity supermarket has."""

ALL: Final = (*STAPLES, TISSUES)

HANDICRAFT: Final = "HANDICRAFT"
"""What families make and sell in the grid shop."""
