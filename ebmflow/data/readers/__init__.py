"""File formats to records; one module a format."""
