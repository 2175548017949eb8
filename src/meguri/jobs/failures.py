"""Why jobs failed: one row per job, kept beside the queue until the job succeeds or is removed."""

from datetime import datetime
from typing import Any, LiteralString

import msgspec

from meguri.kernel.errors import Refusal
from meguri.logs import without_secrets

_LONGEST = 500

KEEP_FAILURE: LiteralString = """
INSERT INTO job_failure (job_id, at, tries, reason) VALUES (%(job_id)s, %(at)s, %(tries)s, %(reason)s)
    ON CONFLICT (job_id) DO UPDATE SET at = EXCLUDED.at, tries = EXCLUDED.tries, reason = EXCLUDED.reason
"""
FAILED: LiteralString = """
SELECT job.id AS job_id, job.task_name AS job, job.args, failure.at, coalesce(failure.tries, job.attempts) AS tries,
       coalesce(failure.reason, '') AS reason
  FROM procrastinate_jobs AS job
  LEFT JOIN job_failure AS failure ON failure.job_id = job.id
 WHERE job.status = 'failed'
 ORDER BY job.id DESC
 LIMIT %(most)s
"""
FORGET: LiteralString = """
DELETE FROM job_failure WHERE NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE id = job_failure.job_id)
"""


class DeadLetter(msgspec.Struct, frozen=True):
    """A job that failed as often as it may: what it was to do, when it failed last, and why."""

    job_id: int
    job: str
    args: dict[str, Any]
    at: datetime | None
    tries: int
    reason: str


def reason_of(error: BaseException) -> str:
    """The kind of the error and its sentence, short and without secrets."""
    said = str(error) if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
    return without_secrets(said)[:_LONGEST]
