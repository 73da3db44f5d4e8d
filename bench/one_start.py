"""One start in a process of its own: `one_start.py FOLDER`. Prints seconds to load the program, seconds from there to the
first answer of the portal that comes last by name, and the memory of the process in kB."""

import sys
import time
from pathlib import Path

begun = time.perf_counter()

from werkzeug.test import Client  # noqa: E402  # loading is measured

from spelregel.app import create_app  # noqa: E402  # loading is measured
from spelregel.settings import settings_from  # noqa: E402  # loading is measured

folder = Path(sys.argv[1])
loaded = time.perf_counter()
app = create_app(
    settings_from(
        {
            "SPELREGEL_ENV": "test",
            "SPELREGEL_DATABASE": f"sqlite:///{folder / 'bench.db'}",
            "SPELREGEL_TENANTS": str(folder / "tenants"),
            "SPELREGEL_CACHE": str(folder / "cache"),
        }
    )
)
answer = Client(app).get("/login", base_url=f"http://{max(app.registry.snapshot.by_subdomain)}.localhost")
answered = time.perf_counter()
assert answer.status_code == 200
memory = int(Path("/proc/self/statm").read_text().split()[1]) * 4 if Path("/proc/self/statm").exists() else 0
print(loaded - begun, answered - loaded, memory)
app.check_next()
app.registry.remember()
