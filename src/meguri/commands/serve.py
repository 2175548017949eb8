"""`meguri serve`: web, one worker and the embedded database, kept alive by one small supervisor."""

import argparse
import logging

from meguri.commands.ground import add_settings, settings_from
from meguri.commands.supervisor import Supervisor


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_settings(parser)
    parser.add_argument("--host", help="address to listen on (MEGURI_HOST)")
    parser.add_argument("--port", type=int, help="port to listen on (MEGURI_PORT)")


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    settings = settings_from(args, host=args.host, port=args.port)
    logging.captureWarnings(True)
    return Supervisor(settings).run()
