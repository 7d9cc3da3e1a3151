"""Run a program found on PATH: its messages go to the log as they come, the last into the error."""

from __future__ import annotations

import contextlib
import logging
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from ebmflow.errors import ConfigError

log = logging.getLogger(__name__)
LAST_LINES = 3


def find_program(name: str, option: str, *, package: str, otherwise: str) -> str:
    """Return the path of a program, or raise an error that says how to get it.

    Parameters
    ----------
    name : str
        Of the program.
    option : str
        Of a dataset, which asks for it.
    package : str
        That contains it, in Debian and bioconda.
    otherwise : str
        What to do without it.
    """
    found = shutil.which(name)
    if found is None:
        raise ConfigError(
            "dataset",
            option,
            name,
            found=f"the program {name} is not on PATH",
            expected="an installed program",
            action=f"install it (Debian: apt-get install {package}; conda: bioconda::{package}), "
            f"or {otherwise}",
        )
    return found


def run_program(
    command: Sequence[str], failure: Callable[[str], Exception], *, output: Path | None = None
) -> None:
    """Run a program; unless it ends with status 0, raise what `failure` makes of a sentence.

    Parameters
    ----------
    output : Path, optional
        Gets the standard output, which counts as messages otherwise.
    """
    log.info("running %s", " ".join(command))
    last: deque[str] = deque(maxlen=LAST_LINES)
    with contextlib.ExitStack() as stack:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        if output is not None:
            out = stack.enter_context(output.open("ab"))
            streams = {"stdout": out, "stderr": subprocess.PIPE}
        process = stack.enter_context(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                **streams,
                text=True,  # universal newlines: progress bars end in carriage returns
                errors="replace",
            )
        )
        for line in process.stderr or process.stdout:
            if line.strip():
                last.append(line.strip())
                log.info("%s", line.rstrip())
    if process.returncode != 0:
        raise failure(f"ended with status {process.returncode}: {' / '.join(last)}")
