"""The figures of the worker stand beside those of the web process, each family once, and go with it."""

import os
import time
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from meguri import metrics


def families(folder: Path) -> dict[str, list[dict[str, str]]]:
    text = metrics.exposition(folder).decode()
    found = list(text_string_to_metric_families(text))
    assert len({family.name for family in found}) == len(found)
    return {family.name: [sample.labels for sample in family.samples] for family in found}


def test_what_a_worker_leaves_is_told_with_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    metrics.jobs_done.labels("t.job", "done").inc()
    metrics.job_seconds.labels("t.job").observe(0.2)
    metrics.leave(folder, "worker-1")
    found = families(folder)
    jobs = [labels for labels in found["meguri_jobs"] if labels.get("job") == "t.job"]
    assert {labels.get("process") for labels in jobs} == {None, "worker-1"}
    assert any("le" in labels and labels.get("process") == "worker-1" for labels in found["meguri_job_seconds"])
    assert folder.stat().st_mode & 0o077 == 0
    metrics.take_away(folder, "worker-1")
    assert not any("process" in labels for labels in families(folder)["meguri_jobs"])


def test_what_a_dead_worker_left_is_not_told_for_ever(tmp_path: Path) -> None:
    metrics.leave(tmp_path, "worker-1")
    long_ago = time.time() - 120
    os.utime(tmp_path / "worker-1.prom", (long_ago, long_ago))
    assert not any("process" in labels for labels in families(tmp_path)["process_open_fds"])


def test_without_a_folder_only_our_own_figures_are_told(tmp_path: Path) -> None:
    assert b"meguri_requests" in metrics.exposition()
    assert families(tmp_path / "nowhere").keys() >= {"meguri_requests"}
