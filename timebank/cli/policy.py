"""``timebank policy``: the numbers a book runs by."""

import click

from timebank.cli.home import BY_SYSTEM, book_option, counted, example, opened
from timebank.flows.presets import Preset, all_presets, find_preset, settings_of
from timebank.services.presets import adopt_preset


@click.group()
def policy() -> None:
    """Set the numbers a book runs by."""


@policy.command(epilog=example("timebank policy presets", "timebank policy presets nanjing-hours"))
@click.argument("preset", required=False)
def presets(preset: str | None) -> None:
    """List the presets, or show the settings of one with the source of each."""
    if preset is None:
        for one in all_presets().values():
            click.echo(f"{one.preset}\t{one.commodity}\t{one.title}\t{one.title_zh}")
    else:
        _show(find_preset(preset))


@policy.command(
    epilog=example(
        "timebank policy adopt cuizhuyuan-points --book cuizhuyuan",
        "timebank policy adopt nanjing-hours --commodity SHI --from 2027-01-01 --book cuizhuyuan",
    )
)
@click.argument("preset")
@click.option("--commodity", metavar="CODE", help="What it is for; that of the preset by default.")
@click.option("--from", "in_force", metavar="DAY", help="The day it takes force; today by default.")
@book_option
def adopt(preset: str, commodity: str | None, in_force: str | None, slug: str) -> None:
    """Set all settings of PRESET, as one version of the policy."""
    with opened() as installation:
        posted = adopt_preset(
            installation, slug, preset, by=BY_SYSTEM, commodity=commodity, in_force=in_force
        )
    facts = posted.entry.public
    settings = counted(len(facts["settings"]), "setting")
    click.echo(f"Entry {posted.seq} sets {settings}, in force from {facts['in_force']}.")


def _show(preset: Preset) -> None:
    for setting, named in zip(settings_of(preset), preset.settings, strict=True):
        what = " ".join(filter(None, (setting.setting, setting.commodity, setting.category)))
        click.echo(f"{what} = {setting.value}\t{named.source}")
