"""Where configuration classes take the component field type from; it lives with its base class."""

from ebmflow.options import Component, Options

__all__ = ["Component", "Options"]
