"""Quality scores: one file per family, each registered on the axis ``metric``."""
