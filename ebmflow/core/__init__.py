"""Energy models as pure functions of tensors: no files, no logging, no global state."""
