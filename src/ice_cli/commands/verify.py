"""`ice verify`: the numbered checks of loading and running, for one thing at a time, with their evidence."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from ice_cli import output
from ice_cli.check_view import explained_lines, summary_lines, verified_text
from ice_cli.completion import components_or_files
from ice_cli.files import missing
from ice_core.clock import judged_time
from ice_core.errors import IceError
from ice_core.home import Home
from ice_orchestrator.verification import Verification, Verifier
from ice_orchestrator.verification_targets import Targets, is_path


@click.command("verify")
@click.argument("names", nargs=-1, required=True, metavar="PATH|NAME...", shell_complete=components_or_files)
@click.option("--explain", is_flag=True, help="Show every check, its verdict and what it found.")
@click.option("--manifest", type=click.Path(path_type=Path), metavar="FILE", help="The signed manifest of a wheel.")
@click.option("--lock", type=click.Path(path_type=Path), metavar="FILE", help="Of a plan; default: the one here.")
@click.option(
    "--plugins",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="A manifest or bundle that a plan may use.",
)
@output.json_option
def verify_command(
    names: tuple[str, ...],
    *,
    explain: bool,
    manifest: Path | None,
    lock: Path | None,
    plugins: tuple[Path, ...],
    as_json: bool,
) -> int:
    """Verify PATH or NAME as a strict run would, and change nothing.

    PATH is a bundle, a manifest, a wheel (with its signed manifest beside it or
    as --manifest), a lock, a plan, or a folder of manifests and bundles. NAME is
    a package or component that is installed. The checks are those of loading
    and running under --no-dynamic, in their order; after the first refusal the
    others are not reached. Nothing is imported or written, and there is no
    network. Exit code 1 if anything was refused.

    \b
    Example: ice verify --explain acme-csv
    """
    for name in names:
        if is_path(name) and not os.path.lexists(name):
            raise missing(Path(name))
    home = Home.from_environment(os.environ)
    verifier = Verifier(home=home, now=judged_time(home, datetime.now(UTC)))
    targets = Targets(
        verifier=verifier,
        environ=os.environ,
        manifest=manifest,
        lock=lock,
        plugins=plugins,
        search_path=sys.path,
    )
    done = targets.verify(names)
    if as_json:
        output.data(
            {"verified": all(each.refusal is None for each in done), "verifications": [each.to_json() for each in done]}
        )
        return 1 if any(each.refusal is not None for each in done) else 0
    for each in done:
        for text in explained_lines(each) if explain else summary_lines(each):
            output.line(text)
        if explain:
            output.line("")
    output.say(verified_text(done))
    _raise_refusals(done)
    return 0


def _raise_refusals(done: Sequence[Verification]) -> None:
    refusals = [each.refusal for each in done if each.refusal is not None]
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise IceError.of([finding for each in refusals for finding in each.findings or (each.finding,)])
