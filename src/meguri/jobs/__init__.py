"""Work after the commit: durable jobs on the same database, periodic jobs, jobs put aside."""

from meguri.jobs.model import Job, Jobs, system_scope
from meguri.jobs.queue import Queue

__all__ = ["Job", "Jobs", "Queue", "system_scope"]
