"""Programs that run in interpreters of other environments; they import nothing of this package."""
