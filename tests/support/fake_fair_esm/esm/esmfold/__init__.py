"""A double of fair-esm for tests of the worker: no network, no openfold, made-up numbers."""
