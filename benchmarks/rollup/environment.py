"""An environment with the peers, made once beside this file, so that Meguri's own stays free of them."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
PEERS = ("duckdb", "polars", "bw2calc")


def continue_where_the_peers_are() -> None:
    """Goes on in the peers' environment, making it if need be; returns if they are here, or cannot be had."""
    if all(find_spec(name) for name in PEERS):
        return
    python = HERE / ".venv" / "bin" / "python"
    if Path(sys.prefix) == HERE / ".venv":
        return
    if not python.exists():
        print("benchmark: installing the peers", flush=True)
        subprocess.run([sys.executable, "-m", "venv", HERE / ".venv"], check=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", HERE / "requirements.txt"]
    if subprocess.run(pip, check=False).returncode:
        print("benchmark: the peers cannot be installed here; going on without them", flush=True)
        return
    sources = os.pathsep.join([str(HERE.parents[1] / "src"), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": sources.rstrip(os.pathsep), "PYTHONWARNINGS": "ignore"}
    os.execve(python, [str(python), *sys.argv], environment)
