"""Run one stage as a job: log file, threads, provenance, and one readable line when it fails."""

from __future__ import annotations

import inspect
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from ebmflow.errors import EbmflowError
from ebmflow.provenance import environment_record, file_digest, recorded, spec_digest

logger = logging.getLogger(__name__)
FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
NAMED_INPUTS = 4
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def run(stage: Callable[..., Any], job: Any, **arguments: Any) -> None:
    """Call a stage function on behalf of Snakemake; ends the process if it fails.

    Parameters
    ----------
    stage : callable
        Function of `ebmflow.stages` with keyword arguments.
    job : object
        Snakemake's description of the job: ``rule``, ``log``, ``input``, ``params.spec``,
        ``params.code``, ``threads``.
    arguments
        Keyword arguments of the stage. Strings become paths where the stage expects paths.
    """
    log_file = Path(job.log[0])
    set_threads(job.threads)
    arguments = _with_paths(stage, arguments)
    started = time.monotonic()
    try:
        _open_log(log_file)
        facts = provenance(job, arguments)
        logger.info(
            "%s: threads %d, spec %s, code %s",
            job.rule,
            job.threads,
            facts["spec_digest"],
            facts["code"],
        )
        logger.info("from %s", _shortened(list(facts["inputs"])))
        with recorded({"provenance": facts}):
            stage(**arguments)
    except KeyboardInterrupt:  # Ctrl-C reaches all jobs of the terminal
        sys.exit(f"{job.rule}: stopped")
    except Exception as error:
        fail(error, job.rule, log_file)
    logger.info("%s: done in %.1f s", job.rule, time.monotonic() - started)


def provenance(job: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Facts that every file of a job carries; nothing in them depends on time or host."""
    return {
        "rule": job.rule,
        "spec": dict(job.params.spec),
        "spec_digest": spec_digest(dict(job.params.spec)),
        "code": job.params.code,
        "seed": arguments.get("seed"),
        "device": arguments.get("device"),
        "inputs": {_shown(path): file_digest(path) for path in job.input if Path(path).is_file()},
        "environment": environment_record(),
    }


def _shown(path: str) -> str:
    """Path below the working directory, or file name: the same on every machine."""
    relative = os.path.relpath(path)
    return Path(path).name if relative.startswith("..") else relative


def names_of(wildcards: Any) -> dict[str, Any]:
    """Wildcards of a job as the first columns of its tables: the seed is a number."""
    names = dict(wildcards.items())
    return {**names, "seed": int(names["seed"])}


def set_threads(threads: int) -> None:
    """Limit numerical libraries to a number of threads, imported already or not."""
    for variable in THREAD_VARIABLES:
        os.environ[variable] = str(threads)
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)
    if numba := sys.modules.get("numba"):
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    else:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)


def sentence(error: BaseException) -> str:
    """One line about an error, for people."""
    if isinstance(error, EbmflowError):
        return str(error)
    if _is_out_of_memory(error):
        return (
            "out of memory; give the job more (`--set-resources RULE:mem_mb=…`; on a GPU, "
            "`--config device=cpu`), or lower batch_size (training), chains or per_label (sampling)"
        )
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    return " ".join(f"unexpected {type(error).__name__}: {error}".split())


def _is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: of NumPy and Arrow, of PyTorch on a GPU, or on the CPU."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return bool(kinds & {"MemoryError", "OutOfMemoryError"}) or "DefaultCPUAllocator" in str(error)


def fail(error: BaseException, rule: str, log_file: Path) -> NoReturn:
    """Write the traceback to the log, say where it is and what happened, end with a status."""
    trace = "".join(traceback.format_exception(error))
    line = f"{rule}: {sentence(error)}"
    try:
        with open(log_file, "a", encoding="utf-8") as log:
            log.write(f"{trace}\n{line}\n")
        place = f"Traceback in {log_file}"
    except OSError as refusal:  # a full disk takes no log either
        place = f"{trace}No log: {log_file}: {refusal.strerror}"
    print(f"{place}\n{line}", file=sys.stderr, flush=True)
    sys.exit(getattr(error, "exit_status", 1))


def _shortened(paths: list[str]) -> str:
    named = ", ".join(paths[:NAMED_INPUTS]) or "nothing"
    return named + f" and {len(paths) - NAMED_INPUTS} more" * (len(paths) > NAMED_INPUTS)


def _open_log(log_file: Path) -> None:
    log_file.parent.mkdir(parents=True, exist_ok=True)
    handlers = [logging.FileHandler(log_file, mode="w", encoding="utf-8"), logging.StreamHandler()]
    logging.basicConfig(level=logging.INFO, format=FORMAT, handlers=handlers, force=True)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a log that cannot be written is no reason to print tracebacks


def _with_paths(stage: Callable[..., Any], arguments: dict[str, Any]) -> dict[str, Any]:
    hints = {name: str(one.annotation) for name, one in inspect.signature(stage).parameters.items()}
    return {
        name: _as_path(value) if "Path" in hints.get(name, "") else value
        for name, value in arguments.items()
    }


def _as_path(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, dict):
        return {name: _as_path(one) for name, one in value.items()}
    return Path(value) if isinstance(value, str | Path) else [_as_path(one) for one in value]
