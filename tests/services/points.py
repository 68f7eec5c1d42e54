"""What a book has now, as its tables say it."""

from sqlalchemy import func, select

from tests.installations import Community
from timebank.store import tables


def net(community: Community, name: str, account: str = "members") -> int:
    """What a member, or a public account, has now in points."""
    table = tables.balances
    with community.installation.engine.connect() as connection:
        holder = (
            connection.scalar(
                select(tables.holders.c.holder).where(
                    tables.holders.c.member_id == community.ids[name]
                )
            )
            if name in community.ids
            else 0
        )
        code = account if name in community.ids else name
        row = connection.execute(
            select(table.c.debits, table.c.credits).where(
                table.c.account == code, table.c.holder == holder, table.c.commodity == "POINT"
            )
        ).one_or_none()
    return row.debits - row.credits if row else 0


def size(community: Community) -> int:
    """How many entries the book has."""
    with community.installation.engine.connect() as connection:
        head: int | None = connection.scalar(select(tables.heads.c.size))
        assert head == connection.scalar(select(func.count()).select_from(tables.entries))
        assert head is not None
        return head
