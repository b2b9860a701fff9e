"""From install to run no network is asked for: no name is looked up, and no internet socket connects or listens."""

from tests.scenarios.conftest import Scene
from tests.scenarios.person import done

# Counts what leaves the machine, and children that could do so unseen; the last line shows that it does count.
_WATCHED = """\
import socket, sys

INTERNET = (socket.AF_INET, socket.AF_INET6)
seen = []

def hook(event, arguments):
    if event in ("socket.connect", "socket.bind", "socket.sendto") and arguments[0].family in INTERNET:
        seen.append(event)
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen", "os.posix_spawn"):
        seen.append(event)

sys.addaudithook(hook)
from ice_cli.main import run
for words in (
    ["install", "--index", "market"],
    ["plugins", "list", "--no-dynamic"],
    ["compile", "flow.yaml", "--locked", "--no-dynamic", "--output", "plan.json"],
    ["run", "plan.json", "--no-dynamic", "--input", "text=a b"],
):
    code = run(words)
    assert code == 0, (words, code)
print("seen", seen)
socket.getaddrinfo("127.0.0.1", 80)
print("control", seen)
"""


def test_installing_listing_compiling_and_running_open_no_connection(scene: Scene) -> None:
    """An audit hook of the interpreter sees every socket and every child process of the four commands."""
    for path in [*scene.home.manifests.iterdir(), *scene.home.blob("").iterdir()]:
        path.unlink()

    outcome = done(scene.person.python("-c", _WATCHED))

    assert ["seen []", "control ['socket.getaddrinfo']"] == outcome.out.splitlines()[-2:]
