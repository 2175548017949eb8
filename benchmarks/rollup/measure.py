"""Timing, memory and the description of the machine."""

import gc
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple


class Timing(NamedTuple):
    """Best and median of the repetitions, in seconds, and the last result."""

    best: float
    median: float
    result: Any

    def cell(self) -> str:
        return f"{shown(self.best)} ({shown(self.median)})"


def shown(seconds: float) -> str:
    if seconds >= 10:
        return f"{seconds:.1f} s"
    if seconds >= 0.9995:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.3g} ms"


def timed(work: Callable[[], Any], repeat: int = 5) -> Timing:
    """The work once unseen, to warm up, then `repeat` times."""
    result = work()
    times = []
    for _ in range(repeat):
        gc.collect()
        start = time.perf_counter()
        result = work()
        times.append(time.perf_counter() - start)
    return Timing(min(times), median(times), result)


def once(work: Callable[[], Any]) -> Timing:
    gc.collect()
    start = time.perf_counter()
    result = work()
    taken = time.perf_counter() - start
    return Timing(taken, taken, result)


def process(command: list[str]) -> tuple[float, float]:
    """Wall time in seconds and greatest resident memory in MiB of a whole process."""
    reader = "import resource,subprocess,sys;subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL);" + (
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", reader, *command], check=True, capture_output=True, text=True)
    return time.perf_counter() - start, int(done.stdout) / 1024


def machine(packages: tuple[str, ...]) -> str:
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    load = os.getloadavg()[0]
    return (
        f"{cpu}, {os.cpu_count()} processors, {memory:.0f} GiB; Python {platform.python_version()}; {versions}. "
        f"Load average when it began: {load:.1f}."
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "–"
