"""`ice new`: a package that builds, lints and tests green, or one more component in the package that is there."""

import shlex
from pathlib import Path

import click

from ice_cli import output
from ice_cli.new_blueprint import new_blueprint
from ice_core.names import NodeType
from ice_sdk.export import export_command
from ice_sdk.new_files import BACKENDS, Backend, NewFiles, new_component, new_package
from ice_sdk.new_names import component_name, package_names
from ice_sdk.project import manifest_of_project

project_option = click.option(
    "--project",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    metavar="FOLDER",
    help="The folder of pyproject.toml; default: this one.",
)


@click.command("package")
@click.argument("name")
@click.option("--tool", metavar="NAME", help="The first tool; default: what stands behind the first hyphen.")
@click.option(
    "--license", "license_expression", default="Apache-2.0", show_default=True, metavar="SPDX", help="Its licence."
)
@click.option(
    "--backend", type=click.Choice(BACKENDS), default="hatchling", show_default=True, help="What builds its wheel."
)
@output.json_option
def package_command(name: str, *, tool: str | None, license_expression: str, backend: Backend, as_json: bool) -> None:
    """Make a package NAME with one tool, in a new folder of that name.

    It holds a typed tool, its test, pyproject.toml, the exported manifest and a
    Makefile, and builds, lints and tests green as it is. All of it is written,
    or nothing. For setuptools and uv_build the manifest lies inside the package,
    as `[tool.iceos] manifest` says.

    \b
    Example: ice new package acme-rain
    """
    names = package_names(name, tool=tool)
    new = new_package(Path(), names, license_expression=license_expression, backend=backend)
    _tell(
        new,
        f"Made {names.distribution} 0.1.0 with `tool:{names.tool}`.",
        [
            f"To change the tool, edit {new.project}/src/{names.package}/{names.tool}.py",
            f"To test it, run `cd {new.project} && python -m pytest`",
            f"To publish it, run `ice publish --project {new.project} --index FOLDER`",
        ],
        as_json=as_json,
        component=f"tool:{names.tool}",
    )


def _component_command(node_type: NodeType, what: str) -> click.Command:
    @click.command(node_type, help=_HELP.format(node_type=node_type, what=what))
    @click.argument("name")
    @project_option
    @output.json_option
    def command(name: str, *, project: Path, as_json: bool) -> None:
        component = component_name(name, node_type)
        new = new_component(project, node_type, component)
        _tell(
            new,
            f"Added `{node_type}:{component}`.",
            [
                f"To list it in the manifest, run `{export_command(project, manifest_of_project(project))}`",
                f"To test it, run `python -m pytest {shlex.quote(str(project / new.files[-1]))}`",
            ],
            as_json=as_json,
            component=f"{node_type}:{component}",
        )

    return command


_HELP = """Add {what} NAME to the package of a project.

Writes a module with the component, and its test; no file that is there is
replaced.

\b
Example: ice new {node_type} csv_reader"""

tool_command = _component_command("tool", "a tool")
agent_command = _component_command("agent", "an agent, which calls a tool,")
workflow_command = _component_command("workflow", "a workflow of one step")


@click.command("blueprint")
@click.argument("name")
@project_option
@output.json_option
def blueprint_command(name: str, *, project: Path, as_json: bool) -> None:
    """Write NAME.yaml: a blueprint that calls a component of plugins.json.

    Its one node calls the first component that the manifest of the project
    lists; without a manifest the blueprint has no node yet.

    \b
    Example: ice new blueprint news
    """
    new = new_blueprint(project, name)
    file = project / new.files[0]
    manifest = manifest_of_project(project)
    plugins = f" --plugins {manifest.relative_to(project)}" if manifest.exists() else ""
    _tell(new, f"Wrote {file}.", [f"To check it, run `ice compile {file}{plugins}`"], as_json=as_json)


def _tell(new: NewFiles, done: str, next_words: list[str], *, as_json: bool, component: str | None = None) -> None:
    if as_json:
        files: list[str] = [str(file) for file in new.files]
        output.data({"project": str(new.project), "component": component, "files": [*files]})
        return
    for file in new.files:
        output.say(f"  {new.project / file}")
    output.say(done)
    for words in next_words:
        output.say(words)
