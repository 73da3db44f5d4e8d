"""`./dev bench`: a table, and build/bench.json. *_vs_hand is our time divided by that of code written by hand (lower is
better); *_vs_zen and *_vs_datalogic are the other's time divided by ours (higher is better); other units stand in the name.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench import decisions, doors, loading, pages  # noqa: E402  # found after the line above


def main() -> None:
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", line_buffering=True)
    found = decisions.measure()
    with tempfile.TemporaryDirectory() as folder:
        found |= (
            loading.one(Path(folder))
            | loading.many(Path(folder))
            | pages.agenda(Path(folder))
            | doors.same_time(Path(folder))
        )
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(
        json.dumps({key: float(f"{value:.4g}") for key, value in found.items()}, indent=2) + "\n", "utf-8"
    )
    print(f"\n{target.relative_to(ROOT)}")
    for key, value in found.items():
        print(f"  {key:<52} {value:>12.4g}")


if __name__ == "__main__":
    main()
