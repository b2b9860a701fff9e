"""`ice plugins stubs`: the module of a manifest's types, printed, written, or compared with a file."""

from pathlib import Path

import pytest

from ice_core.canonical import printed_bytes
from ice_core.strict_json import parse_json
from ice_sdk.stub_writing import stubs_text
from tests.builders.manifests import component, manifest
from tests.ice_cli.invoke import Invoke
