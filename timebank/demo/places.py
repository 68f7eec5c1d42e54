"""Places: the accounts for money and goods, and the funds."""

from typing import Final

BANK: Final = "bank:main"
MARKET_TILL: Final = "cash:market"
OFFICE_TILL: Final = "cash:office"

FOOD_BANK: Final = "stock:yicang"
SUPERMARKET: Final = "stock:supermarket"

POOL: Final = "pool:donated"

AGENCY: Final = "fund:agency"
OPERATING: Final = "fund:operating"
CHARITY_POOL: Final = "fund:charity-pool"
ELDER_MEALS: Final = "fund:elder-meals"
NEIGHBOURS: Final = "fund:neighbours"
FLOOD: Final = "fund:flood-2025"

CNY: Final = "CNY"
POINT: Final = "POINT"
HOUR: Final = "HOUR"


def quarantine(place: str) -> str:
    """Where goods wait at a place until they were looked at."""
    return f"{place}:quarantine"


def club(slug: str) -> str:
    """The account of a club."""
    return f"groups:{slug}"


def member(member_id: str) -> str:
    """How commands call a member's account."""
    return f"members#{member_id}"
