"""`meguri tutorial run`: walks the five public tutorials over HTTP against any server and reports call by call."""

import argparse
import sys

from meguri.commands.tutorial.walk import walk


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    steps = parser.add_subparsers(dest="step", required=True)
    run_parser = steps.add_parser("run", help="walk the tutorials against a server")
    run_parser.add_argument("--base-url", required=True, help="for example http://127.0.0.1:8000")
    run_parser.add_argument("--api-key", default="Sample-APIKey1")


def run(args: argparse.Namespace) -> int:
    """0 if every call gave the recorded answer, else 1."""
    results = list(walk(args.base_url, args.api_key))
    for result in results:
        sign = "ok  " if result.ok else "FAIL"
        print(f"{sign} {result.step:>2} {result.actor} {result.call}  {result.milliseconds:.0f} ms")
        for difference in result.differences:
            print(f"        {difference}")
    passed = sum(result.ok for result in results)
    print(f"{passed} of {len(results)} calls gave the recorded answer")
    sys.stdout.flush()
    return 0 if passed == len(results) else 1
