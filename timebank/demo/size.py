"""Sizes: how large the community is, and how much happens in it."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many there are of everything; what happens ``_daily`` is so often on average."""

    name: str
    households: int
    clubs: int
    activities: int
    """Public activities since 2010, and how many attended all of them together."""
    attendances: int
    stallholders: int
    """Stalls of residents, of whom so many come to a market at most."""
    stalls_a_market: int
    sales_a_stall: int
    shop_families: int
    carriers: int
    leavers: int
    lifetime_cap_minutes: int
    paid_services_daily: float
    free_services_daily: float
    transfers_daily: float
    gifts_daily: float
    redemptions_daily: float
    shop_sales_daily: float
    households_a_round: int
    weeks_between_rounds: int
    mistakes_percent: float
    """How many transfers and sales are reversed."""
    donations_daily: float
    flood_donors: int


FULL: Final = Size(
    name="full",
    households=3_036,
    clubs=43,
    activities=126,
    attendances=18_500,
    stallholders=120,
    stalls_a_market=80,
    sales_a_stall=4,
    shop_families=6,
    carriers=8,
    leavers=14,
    lifetime_cap_minutes=6_000,
    paid_services_daily=3.5,
    free_services_daily=5.0,
    transfers_daily=4.5,
    gifts_daily=0.5,
    redemptions_daily=2.0,
    shop_sales_daily=3.0,
    households_a_round=42,
    weeks_between_rounds=1,
    mistakes_percent=2,
    donations_daily=0.2,
    flood_donors=60,
)
SMALL: Final = Size(
    name="small",
    households=48,
    clubs=6,
    activities=18,
    attendances=1_850,
    stallholders=8,
    stalls_a_market=5,
    sales_a_stall=2,
    shop_families=2,
    carriers=2,
    leavers=2,
    lifetime_cap_minutes=600,
    paid_services_daily=0.18,
    free_services_daily=0.18,
    transfers_daily=0.18,
    gifts_daily=0.06,
    redemptions_daily=0.12,
    shop_sales_daily=0.12,
    households_a_round=6,
    weeks_between_rounds=2,
    mistakes_percent=8,
    donations_daily=0.04,
    flood_donors=8,
)
SIZES: Final = {size.name: size for size in (FULL, SMALL)}
