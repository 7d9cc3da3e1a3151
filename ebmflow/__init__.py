"""Energy-based generators for labelled biological data: prepare, train, sample, judge, report."""

__version__ = "0.1.0"
