"""`meguri passport issue | verify | validate | export | backup`: battery passports from the command line.

One module per action, each with `ABOUT`, `configure(parser)` and `run(args) -> int`; a further action is a further module.
Exit codes: 0 done (valid), 1 not valid or not possible, 2 unusable input.
"""

import argparse
from importlib import import_module
from pkgutil import iter_modules

from meguri.commands.words import language

ACTIONS = ("issue", "verify", "validate", "export", "backup")


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the actions and their options to `parser`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    there = {module.name for module in iter_modules(__path__)}
    for name in (name for name in ACTIONS if name in there):
        module = import_module(f"{__name__}.{name}")
        about = module.ABOUT.of(language())
        one = actions.add_parser(name, help=about, description=about)
        module.configure(one)


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code."""
    done: int = import_module(f"{__name__}.{args.action}").run(args)
    return done
