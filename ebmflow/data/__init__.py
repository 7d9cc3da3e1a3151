"""From files and generators to labelled, weighted, split datasets: NumPy and pandas, never core."""
