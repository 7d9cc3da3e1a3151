"""Energy models as pure functions of tensors: no files, no logging, no configuration, no global state."""
