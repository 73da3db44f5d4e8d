"""Organisations: what one costs to check, to load and to keep; and a start with a thousand and with ten thousand."""

from __future__ import annotations

import gc
import re
import shutil
import statistics
import subprocess
import sys
import tracemalloc
from pathlib import Path

from bench.side_by_side import ROUNDS, side_by_side
from spelregel.storage import migrations
from spelregel.storage.session import open_engine
from spelregel.tenancy.check import check_text, tenant_of
from spelregel.tenancy.kept_checks import KeptChecks
from spelregel.tenancy.yaml_source import read_yaml
from tests.conftest import ROOT, TENANTS

TIMES = 10


def one(folder: Path) -> dict[str, float]:
    """The dearest of the four files in each respect."""
    kept = KeptChecks(folder / "cache", folder)
    print("\none organisation, the largest file of the four")
    raw = max((path.read_bytes() for path in TENANTS), key=len)
    kept.keep(raw, check_text(raw, "x").source)

    def load() -> object:
        source = kept.read(raw, "x")
        assert source
        return tenant_of(source, raw)

    measured = side_by_side(
        {
            "YAML read with the place of everything": lambda: [read_yaml(raw, "x") for _ in range(TIMES)],
            "checked in full, its examples run": lambda: [check_text(raw, "x") for _ in range(TIMES)],
            "loaded, when it was checked before": lambda: [load() for _ in range(TIMES)],
        },
        TIMES,
    )
    measured.table()
    _read, checked, loaded = measured.seconds
    kilobytes = max(_kilobytes(path.read_bytes()) for path in TENANTS)
    print(f"  in memory, with the place of every rule: {kilobytes:.0f} kB")
    return {
        "tenant_load_ms": measured.median(loaded) * 1e3,
        "tenant_first_check_ms": measured.median(checked) * 1e3,
        "tenant_first_check_vs_read": measured.ratio(checked, _read),
        "tenant_kb": kilobytes,
    }


def _kilobytes(raw: bytes) -> float:
    check_text(raw, "x")
    tracemalloc.start()
    try:
        tenants = [check_text(bytes(raw), "x").tenant for _ in range(20)]
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / len(tenants) / 1000
    finally:
        tracemalloc.stop()


def many(folder: Path) -> dict[str, float]:
    """Each start is a process of its own; the first answer is that of an organisation that nobody visited before."""
    thousand, ten_thousand = _street(folder / "1000", 1000), _street(folder / "10000", 10_000)
    print("\na start, to the first answer (loading the program itself apart)")
    cold, warm, ten, program, memory = [], [], [], [], []
    for _ in range(ROUNDS):
        shutil.rmtree(thousand / "cache", ignore_errors=True)
        cold.append(_start(thousand)[1])
        loaded, seconds, of_thousand = _start(thousand)
        warm.append(seconds)
        program.append(loaded)
        if not ten:
            _start(ten_thousand)
        _, seconds, of_ten_thousand = _start(ten_thousand)
        ten.append(seconds)
        memory.append((of_ten_thousand - of_thousand) / 9000)
    rows = {
        "with 1,000, cold": cold,
        "with 1,000, warm": warm,
        "with 10,000, warm": ten,
        "loading the program": program,
    }
    for name, seconds_of in rows.items():
        print(
            f"  {name:<52} {statistics.median(seconds_of):>12.3f} s    ({min(seconds_of):.3f} to {max(seconds_of):.3f})"
        )
    print(f"  in memory, per organisation that nobody visits: {statistics.median(memory):.1f} kB")
    return {
        "start_1000_tenants_cold_s": statistics.median(cold),
        "start_1000_tenants_warm_s": statistics.median(warm),
        "start_10000_tenants_warm_s": statistics.median(ten),
        "start_10000_vs_1000": statistics.median([a / b for a, b in zip(ten, warm, strict=True)]),
        "program_import_s": statistics.median(program),
        "unvisited_tenant_kb": statistics.median(memory),
    }


def _street(folder: Path, number: int) -> Path:
    """Copies of the four files under names and addresses of their own, and a database with its tables."""
    (folder / "tenants").mkdir(parents=True)
    texts = [path.read_text("utf-8") for path in TENANTS]
    for each in range(number):
        text = re.sub(r"(?m)^(tenant|subdomain): .*$", rf"\1: o{each}", texts[each % len(texts)])
        (folder / "tenants" / f"o{each:05}.yaml").write_text(text, "utf-8")
    engine = open_engine(f"sqlite:///{folder / 'bench.db'}")
    migrations.upgrade(engine)
    engine.dispose()
    return folder


def _start(folder: Path) -> tuple[float, float, float]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "one_start.py"), str(folder)], capture_output=True, text=True, check=True
    )
    loaded, answered, memory = map(float, done.stdout.split())
    return loaded, answered, memory
