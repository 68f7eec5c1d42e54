"""``timebank key``: API keys of apps."""

from datetime import UTC, datetime

import click

from timebank.cli.home import book_option, example, opened
from timebank.services import keys
from timebank.services.keys import SCOPES, NewKey


@click.group()
def key() -> None:
    """Issue, list and revoke API keys."""


@key.command(
    epilog=example(
        "timebank key issue --book demo --scope read --scope post --app till --staff treasurer:1"
    )
)
@book_option
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice(SCOPES))
@click.option("--app", default="operator", show_default=True, help="Code of the app in entries.")
@click.option("--staff", multiple=True, metavar="ROLE:N", help="treasurer:1; N may be *.")
@click.option("--title", default="", help="What it is for.")
@click.option("--expires", type=click.DateTime(), metavar="TIME", help="UTC: 2027-01-31.")
def issue(  # noqa: PLR0913, PLR0917  one for each option
    slug: str,
    scopes: tuple[str, ...],
    app: str,
    staff: tuple[str, ...],
    title: str,
    expires: datetime | None,
) -> None:
    """Issue an API key, which is shown this once.

    Scopes: read (all but private data), post (entries), members (private data), define
    (commodities, accounts, funds, policy), keys. With --staff the app posts as that officer too.
    """
    new = NewKey(
        app=app,
        scopes=tuple(dict.fromkeys(scopes)),
        capacities=tuple(f"staff:{role}" for role in staff),
        title=title,
        expires=expires and expires.replace(tzinfo=UTC),
    )
    with opened() as installation:
        issued = keys.issue(installation, slug, new)
    click.echo(issued.token)
    click.echo("Keep it safe: only a hash of it is stored.", err=True)


@key.command("list", epilog=example("timebank key list --book demo"))
@book_option
def list_(slug: str) -> None:
    """List the API keys of a book: id, app, scopes, staff, state, last use, title."""
    with opened() as installation:
        found = keys.list_keys(installation, slug)
    for one in found:
        state = f"revoked {one.revoked}" if one.revoked else f"expires {one.expires or 'never'}"
        scopes, staff = ",".join(one.scopes), ",".join(one.capacities) or "-"
        used = f"used {one.last_used or 'never'}"
        click.echo(f"{one.key_id}\t{one.app}\t{scopes}\t{staff}\t{state}\t{used}\t{one.title}")


@key.command(epilog=example("timebank key revoke AAAAAX3k1hQ8aZ0b --book demo"))
@click.argument("key_id")
@book_option
def revoke(key_id: str, slug: str) -> None:
    """Revoke the API key KEY_ID at once; the id is the middle part of tb_<id>_<secret>."""
    with opened() as installation:
        revoked = keys.revoke(installation, slug, key_id)
    click.echo(f"Revoked {revoked.key_id} of {revoked.app}.")
