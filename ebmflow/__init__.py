"""Energy-based generators for labelled biological data: prepare, train, sample, judge, report."""

import os

__version__ = "0.1.0"

# After each operation torch's threads spin for a while on the cores that the threads of our kernels
# need. The variable is read when torch is first imported; who sets one of the two decides.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
