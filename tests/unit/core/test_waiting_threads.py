"""How torch's threads wait is settled before torch is imported, and by the user if they say."""

import os
import subprocess
import sys

import pytest

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
SCRIPT = "import sys, ebmflow, os; print('torch' in sys.modules, os.environ.get('GOMP_SPINCOUNT'))"


@pytest.mark.parametrize(
    ("said", "found"),
    [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, "None")],
)
def test_threads_sleep_unless_told_otherwise(said, found):
    rest = {name: value for name, value in os.environ.items() if name not in WAITING}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=rest | said, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", found]
