"""Sampling beyond plain sweeps: recorded runs, annealing, tempering, partition functions."""
