"""Footprints that a supplier outside this exchange stated of an own part: they enter the tree as its answer."""

from meguri.footprint.received.model import Received, ReceivedInput
from meguri.footprint.received.service import history, receive, received

__all__ = ["Received", "ReceivedInput", "history", "receive", "received"]
