"""Unit types: one file each, all through the interface of :mod:`ebmflow.core.layers.base`."""
