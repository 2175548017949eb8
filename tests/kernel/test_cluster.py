"""What is said where there is no Spark, and to an address that is none."""

import sys

import pytest

from meguri.kernel.cluster import ClusterMissing, MasterUnknown, session


def test_without_spark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("pyspark", "pyspark.sql", "pyspark.errors", "py4j", "py4j.protocol"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ClusterMissing) as refusal, session("local[1]", "try", {}):
        pass
    assert "make cluster" in refusal.value.sentence("en")
    assert "Java 17" in refusal.value.sentence("ja")


def test_a_master_of_no_known_form_is_refused_with_those_that_are() -> None:
    with pytest.raises(MasterUnknown, match="local-cluster"), session("cluster-1:7077", "try", {}):
        pass
