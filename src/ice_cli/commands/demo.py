"""`ice demo`: the nine stages on the example packages, narrated; then one byte is changed, and the refusal shown."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click

from ice_cli import demo_stages as stages
from ice_cli import output
from ice_cli.run_view import event_words
from ice_core.errors import IceError, Location
from ice_orchestrator.events import Event, NodeEvent


@click.command("demo")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="A new or empty folder; default: a new temporary one.",
)
@output.json_option
def demo(*, folder: Path | None, as_json: bool) -> None:
    """Walk one package through all nine stages, then tamper with it.

    Author, export, sign, publish, lock, install, load, compile, run: real bytes
    at each stage, on the packages under examples/ and a year-by-year weather
    table. Everything stays in the one folder that is named first; there is no
    network. Then one byte of a stored wheel is changed, and the refusal shown.

    \b
    Example: ice demo --folder iceos-demo
    """
    begin = time.perf_counter()
    place = _folder(folder)
    told = _Narrator(as_json=as_json)
    told.heading(f"iceos demo: everything lies in {place}")
    walk = stages.Demo(folder=place)
    for number, (title, command, act) in enumerate(STAGES, start=1):
        told.stage(str(number), title, command)
        told.lines(act(walk))
    told.stage("9", "run", f"ice run {stages.BLUEPRINT} --no-dynamic {' '.join(stages.input_words())}")
    told.lines(stages.run(walk, told.event))
    _tell_outputs(told, walk)
    told.stage("!", "tamper", "change one byte of a stored wheel, then `ice run plan.json --no-dynamic`")
    told.lines(stages.tamper(walk))
    code, words = stages.run_again(walk)
    told.lines(["", *words, "", f"exit code {code}", ""])
    walk.facts["exit_code_after_tampering"] = code
    seconds = time.perf_counter() - begin
    if as_json:
        output.data({**walk.facts, "folder": str(place), "seconds": round(seconds, 2)})
        return
    told.heading(f"All of it in {seconds:.1f} s. To look around: `cd {place}`; to remove it: `rm -r {place}`")


STAGES: tuple[tuple[str, str, Callable[[stages.Demo], list[str]]], ...] = (
    ("author", "@tool, @agent and @workflow on typed Python", stages.author),
    ("export", "ice plugins export --output plugins.json", stages.export),
    ("sign", f"ice keys new {stages.KEY_ID} --package 'iceos-*'", stages.sign),
    ("publish", "ice publish --manifest plugins.json --index market", stages.publish_all),
    ("lock", f"ice lock {' '.join(stages.PACKAGES)} --index market", stages.lock),
    ("install", "ice install --index market", stages.install_all),
    ("load", "ice plugins list --no-dynamic", stages.load),
    ("compile", f"ice compile {stages.BLUEPRINT} --locked", stages.compile_plan),
)


class _Narrator:
    """Says each stage on standard output; under `--json` the words go to standard error."""

    def __init__(self, *, as_json: bool) -> None:
        self._say = output.say if as_json else output.line

    def heading(self, words: str) -> None:
        """A line of its own."""
        self._say(words)

    def stage(self, number: str, title: str, command: str) -> None:
        """What comes next, and the command that does it."""
        self._say("")
        self._say(f"{number} {title:<8} {command}")

    def lines(self, lines: list[str]) -> None:
        """What was made."""
        for text in lines:
            self._say(f"  {text}".rstrip())

    def event(self, event: Event) -> None:
        """One event of the run; calls inside agents and bodies are passed over."""
        if isinstance(event, NodeEvent) and "/" not in event.node and "[" not in event.node:
            words = event_words(event)
            if not words.lstrip().startswith("runs"):
                self._say(words)


def _tell_outputs(told: _Narrator, walk: stages.Demo) -> None:
    outputs = walk.result.outputs if walk.result is not None else None
    if not isinstance(outputs, dict):
        return
    told.lines([f"rows read: {outputs.get('rows')}"])
    answers = outputs.get("answers")
    for answer in answers if isinstance(answers, list) else []:
        if isinstance(answer, dict):
            first, *others = [output.shown(text) for text in str(answer.get("answer")).split("\n")]
            told.lines(
                [f"{answer.get('question')}  {output.shown(first)}", *(f"  {output.shown(text)}" for text in others)]
            )


def _folder(folder: Path | None) -> Path:
    if folder is None:
        return Path(tempfile.mkdtemp(prefix="iceos-demo-")).resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IceError(
            "folder-not-empty",
            f"`{folder}` is not empty, and the demo writes over nothing",
            where=Location(str(folder)),
            hints=("Name a new folder, as in `ice demo --folder iceos-demo`",),
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()
