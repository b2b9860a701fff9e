"""The tree of commands: each name, its one-line help, and the loader that imports it only when it is asked for."""

from collections.abc import Mapping

import click

from ice_cli.lazy_group import LazyGroup, Loader
from ice_cli.plugins_tree import PLUGINS


def _audit() -> click.Command:
    from ice_cli.commands.audit import audit_command

    return audit_command


def _compile() -> click.Command:
    from ice_cli.commands.compile import compile_command

    return compile_command


def _completion() -> click.Command:
    from ice_cli.commands.completion import completion

    return completion


def _demo() -> click.Command:
    from ice_cli.commands.demo import demo

    return demo


def _doctor() -> click.Command:
    from ice_cli.commands.doctor import doctor

    return doctor


def _explain() -> click.Command:
    from ice_cli.commands.explain import explain

    return explain


def _install() -> click.Command:
    from ice_cli.commands.install import install_command

    return install_command


def _keys_list() -> click.Command:
    from ice_cli.commands.keys import list_command

    return list_command


def _keys_new() -> click.Command:
    from ice_cli.commands.keys import new_key

    return new_key


def _keys_show() -> click.Command:
    from ice_cli.commands.keys import show_command

    return show_command


def _keys_export() -> click.Command:
    from ice_cli.commands.keys import export_command

    return export_command


def _keys_trust() -> click.Command:
    from ice_cli.commands.trust import trust_command

    return trust_command


def _keys_rotate() -> click.Command:
    from ice_cli.commands.keys_life import rotate_command

    return rotate_command


def _keys_revoke() -> click.Command:
    from ice_cli.commands.keys_life import revoke_command

    return revoke_command


def _keys_passphrase() -> click.Command:
    from ice_cli.commands.keys_life import passphrase_command

    return passphrase_command


def _lock() -> click.Command:
    from ice_cli.commands.lock import lock_command

    return lock_command


def _new_agent() -> click.Command:
    from ice_cli.commands.new import agent_command

    return agent_command


def _new_blueprint() -> click.Command:
    from ice_cli.commands.new import blueprint_command

    return blueprint_command


def _new_package() -> click.Command:
    from ice_cli.commands.new import package_command

    return package_command


def _new_tool() -> click.Command:
    from ice_cli.commands.new import tool_command

    return tool_command


def _new_workflow() -> click.Command:
    from ice_cli.commands.new import workflow_command

    return workflow_command


def _publish() -> click.Command:
    from ice_cli.commands.publish import publish_command

    return publish_command


def _run() -> click.Command:
    from ice_cli.commands.run import run_command

    return run_command


def _runs_list() -> click.Command:
    from ice_cli.commands.runs import list_command

    return list_command


def _runs_resume() -> click.Command:
    from ice_cli.commands.run import resume_command

    return resume_command


def _runs_show() -> click.Command:
    from ice_cli.commands.runs import show_command

    return show_command


def _schema() -> click.Command:
    from ice_cli.commands.schema import schema

    return schema


def _verify() -> click.Command:
    from ice_cli.commands.verify import verify_command

    return verify_command


_KEYS = LazyGroup(
    "keys",
    {
        "new": ("Make a signing key and trust it on this machine", _keys_new),
        "list": ("List the keys of the key-store", _keys_list),
        "show": ("Show one key: fingerprint, what it may sign, until when", _keys_show),
        "export": ("Print the public record of a key", _keys_export),
        "trust": ("Trust a publisher's public key", _keys_trust),
        "rotate": ("Make the key that follows one", _keys_rotate),
        "revoke": ("Refuse from now on whatever a key signed", _keys_revoke),
        "passphrase": ("Change the passphrase of a private key", _keys_passphrase),
    },
    help="Make, trust, rotate and revoke the ed25519 keys that sign manifests.",
)
_NEW = LazyGroup(
    "new",
    {
        "package": ("Make a package with one tool that builds and tests green", _new_package),
        "tool": ("Add a tool and its test to a project", _new_tool),
        "agent": ("Add an agent that calls a tool, and its test", _new_agent),
        "workflow": ("Add a workflow and its test", _new_workflow),
        "blueprint": ("Write a blueprint that compiles", _new_blueprint),
    },
    help="Start a package, a component or a blueprint. Nothing is ever replaced.",
)
_RUNS = LazyGroup(
    "runs",
    {
        "list": ("List the runs in the journal", _runs_list),
        "show": ("Show one run, node by node", _runs_show),
        "resume": ("Go on with a run that stopped", _runs_resume),
    },
    help="Look at runs and go on with one that stopped.",
)

ROOT_HELP = """A signed, manifest-driven registry for tools, agents and workflows.

Nothing runs before it is verified. Data goes to standard output, words to
standard error. Exit codes: 0 done, 1 yours to mend, 2 ours or usage."""

TREE: Mapping[str, tuple[str, Loader]] = {
    "demo": ("Walk one package through all nine stages, then tamper with it", _demo),
    "new": ("Start a package, a component or a blueprint", lambda: _NEW),
    "plugins": ("Export, check, sign and list manifests", lambda: PLUGINS),
    "keys": ("Make, list and trust signing keys", lambda: _KEYS),
    "publish": ("Build, check, sign and publish a project", _publish),
    "lock": ("Pin components by digest in pylock.iceos.toml", _lock),
    "install": ("Verify what the lock pins and put it into the store", _install),
    "compile": ("Check a blueprint against manifests and write its plan", _compile),
    "run": ("Run a blueprint or a plan", _run),
    "runs": ("List, show and resume runs", lambda: _RUNS),
    "verify": ("Check a bundle, wheel, lock, plan or package, step by step", _verify),
    "audit": ("List what would run, who signed it, and what is not verified", _audit),
    "doctor": ("Tell what was found where, and what mends it", _doctor),
    "schema": ("Print the JSON Schema of a format, for editors", _schema),
    "explain": ("Explain an error slug", _explain),
    "completion": ("Print the completion script of a shell", _completion),
}
