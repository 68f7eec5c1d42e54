"""Adopting a preset: its settings become a version of a book's policy."""

from timebank.errors import FactsError
from timebank.flows.definitions import SetPolicy
from timebank.flows.presets import find_preset, settings_of
from timebank.services.chart import get_commodity
from timebank.services.installation import Installation
from timebank.services.posting import Posted, Posting, post


def adopt_preset(  # noqa: PLR0913  what is adopted, for what, since when, by whom
    installation: Installation,
    slug: str,
    name: str,
    *,
    by: tuple[str, ...],
    commodity: str | None = None,
    in_force: str | None = None,
) -> Posted:
    """Set the policy of a preset, in the preset's commodity unless another of its kind is named.

    Raises UnknownPresetError, UnknownCommodityError, FactsError where the commodity is of another
    kind, and what speaks against the policy.
    """
    preset = find_preset(name)
    found = get_commodity(installation, slug, commodity or preset.commodity)
    if found.kind != preset.commodity_kind:
        reason = f"{name} is for {preset.commodity_kind}, and {found.code} is {found.kind}"
        raise FactsError("commodity", reason)
    command = SetPolicy(settings=settings_of(preset, found.code), in_force=in_force)
    return post(installation, slug, Posting(command=command, by=by))
