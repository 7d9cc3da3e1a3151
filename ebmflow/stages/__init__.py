"""One function per rule: the only place with files, logging, devices and provenance."""
