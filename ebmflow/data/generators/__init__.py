"""Data that the project makes itself: exactly defined, from a seed."""
