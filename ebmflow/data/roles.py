"""Which files a dataset needs first: roles of its source, aligner and labeller."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebmflow.data.fetching.remote import RemoteFile
from ebmflow.errors import ConfigError


def parts_by_role(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return which part of a dataset file needs which role.

    Parameters
    ----------
    parts : mapping
        ``source``, ``align``, ``labels`` -> component, or None.

    Returns
    -------
    dict
        Role -> name of the part, in the order of `parts`.
    """
    owners: dict[str, str] = {}
    for part, component in parts.items():
        for role in component.roles() if component is not None else ():
            if role in owners:
                raise ConfigError(
                    "dataset", part, component.kind,
                    found=f"role {role!r} belongs to `{owners[role]}` already",
                    expected="components with different roles",
                )  # fmt: skip
            owners[role] = part
    return owners


def remote_files(component: Any, role: str) -> list[RemoteFile]:
    """Return the files of one role of a component."""
    roles = component.roles()
    if role not in roles:
        raise ConfigError("dataset", component.kind, role, accepted=sorted(roles))
    return roles[role]
