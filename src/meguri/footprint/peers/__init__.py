"""Statistics among peers: only of enough companies, and never so that one of them could be reckoned out."""

from meguri.footprint.peers import errors
from meguri.footprint.peers.model import Contributed, Group, PeerFigure, Share, groups, limits
from meguri.footprint.peers.service import contribute, figures, shares, take_back

__all__ = [
    "Contributed",
    "Group",
    "PeerFigure",
    "Share",
    "contribute",
    "errors",
    "figures",
    "groups",
    "limits",
    "shares",
    "take_back",
]
