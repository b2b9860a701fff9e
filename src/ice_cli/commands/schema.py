"""`ice schema`: the JSON Schemas of the formats, for editors and for other languages."""

import click

from ice_cli import output
from ice_core.published_schemas import SCHEMAS, published_schema, schema_file_name


@click.command("schema")
@click.argument("name", type=click.Choice(list(SCHEMAS)), required=False, metavar="[NAME]")
@output.json_option
def schema(name: str | None, *, as_json: bool) -> None:
    """Print the JSON Schema of the format NAME, as in spec/.

    Redirect it into a file; without NAME, list the formats and what their copies
    are called.
    `[tool.iceos] manifest_schema` in pyproject.toml puts the place of a copy into
    the exported manifest, where editors look for it.

    \b
    Example: ice schema plugins.v0
    """
    if name is not None:
        # The schema is one JSON document already.
        output.raw(published_schema(name))
        return
    rows = [(each, schema_file_name(each)) for each in SCHEMAS]
    if as_json:
        output.data([{"name": each, "file": file} for each, file in rows])
        return
    for text in output.columns(rows):
        output.line(text)
