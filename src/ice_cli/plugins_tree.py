"""The commands below `ice plugins`: each name, its one-line help, and its loader."""

import click

from ice_cli.lazy_group import LazyGroup


def _plugins_export() -> click.Command:
    from ice_cli.commands.plugins import export

    return export


def _plugins_lint() -> click.Command:
    from ice_cli.commands.lint import lint_command

    return lint_command


def _plugins_list() -> click.Command:
    from ice_cli.commands.registry import list_components

    return list_components


def _plugins_migrate() -> click.Command:
    from ice_cli.commands.migrate import migrate_command

    return migrate_command


def _plugins_preview() -> click.Command:
    from ice_cli.commands.preview import preview_command

    return preview_command


def _plugins_show() -> click.Command:
    from ice_cli.commands.registry import show_component

    return show_component


def _plugins_stubs() -> click.Command:
    from ice_cli.commands.plugins_stubs import stubs

    return stubs


def _plugins_sync() -> click.Command:
    from ice_cli.commands.plugins_sync import sync_command

    return sync_command


def _plugins_test() -> click.Command:
    from ice_cli.commands.plugins_test import test_command

    return test_command


def _plugins_sign() -> click.Command:
    from ice_cli.commands.plugins import sign

    return sign


PLUGINS = LazyGroup(
    "plugins",
    {
        "export": ("Write the manifest that a project's decorators declare", _plugins_export),
        "preview": ("Keep a preview of the manifest while you edit", _plugins_preview),
        "lint": ("Hold manifest, versions and code against each other", _plugins_lint),
        "stubs": ("Write the types of a manifest as a Python module", _plugins_stubs),
        "test": ("Lint, check the stubs and compare the manifest", _plugins_test),
        "migrate": ("Turn an older manifest into plugins.v0", _plugins_migrate),
        "sign": ("Sign a manifest, with its wheel or alone", _plugins_sign),
        "list": ("List the components that manifests announce here", _plugins_list),
        "sync": ("Bring the local index of manifests up to date", _plugins_sync),
        "show": ("Show one component: schema, cost, permissions, signer", _plugins_show),
    },
    help="Manifests: export, check, sign, list. Nothing here runs a component.",
)
