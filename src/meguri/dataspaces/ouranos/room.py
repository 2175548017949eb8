"""What this façade offers to the composition root besides itself."""

from meguri.dataspaces.ouranos.jobs import jobs

__all__ = ["jobs"]
