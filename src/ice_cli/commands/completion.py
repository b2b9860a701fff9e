"""`ice completion`: the script with which a shell completes `ice`."""

import click

from ice_cli import output
from ice_cli.shells import SHELLS, completion_script


@click.command("completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@output.json_option
def completion(shell: str, *, as_json: bool) -> None:
    """Print the script with which SHELL completes `ice`.

    It offers commands, options, files, and what this machine knows: components,
    keys, runs and error slugs. For bash, put into ~/.bashrc:
    eval "$(ice completion bash)"; for zsh the same into ~/.zshrc, behind
    compinit; for fish, redirect it into ~/.config/fish/completions/ice.fish.

    \b
    Example: ice completion bash
    """
    if as_json:
        output.data({"shell": shell, "script": completion_script(shell)})
        return
    output.line(completion_script(shell).rstrip("\n"))
