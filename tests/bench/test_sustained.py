"""What a stretch of steady work says."""

import pytest

from tests.bench.reference import Reference
from tests.bench.sustained import Sustained, figures

RUN = Sustained(
    pictures=600,
    seconds=10.0,
    used={"uploads": 3.0, "uploads-scheduler": 0.6, "watermark": 2.4, "imaging": 6.0, "database": 4.0},
    busy=17.0,
)


def test_the_database_engine_is_taken_out_of_the_time_of_both_cores() -> None:
    assert (RUN.per_second, RUN.per_second_without_engine) == (60.0, 75.0)


def test_uploads_is_its_interface_its_workers_and_their_children() -> None:
    found = figures(RUN, Reference(cpu_ms=8.0, per_second=250.0))

    assert found["uploads.cpu_ms"] == pytest.approx(20.0)
    assert found["uploads.cpu_ratio"] == pytest.approx(2.5)
    assert found["uploads.stage_ms.api"] == pytest.approx(5.0)
    assert found["system.throughput_ratio"] == pytest.approx(0.24)
    assert found["system.throughput_ratio_without_db_engine"] == pytest.approx(0.3)


def test_what_is_not_ours_went_to_others() -> None:
    assert RUN.others_share == pytest.approx(0.05)
