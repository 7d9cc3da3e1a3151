# The only file here that holds Python: import path, study, wildcards. The rest is library code.
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

# One truth: the package beside the rules runs, whatever else is installed, and its code is
# fingerprinted. Snakemake hands this path on to scripts.
sys.path.insert(0, str(Path(str(workflow.current_basedir)).parent))

from ebmflow.config.workflow import Workflow, failures
from ebmflow.errors import EbmflowError

try:
    STUDY = Workflow(config, workflow.configfiles, workflow.overwrite_configfiles)
except EbmflowError as error:
    raise WorkflowError(str(error)) from None


wildcard_constraints:
    **STUDY.wildcards,


# A GPU is asked of a scheduler only where the study insists on one; `auto` takes what it finds.
GPUS = int(config["device"] == "cuda")


def megabytes(first):
    """Memory of a job in MB; a job that is tried again gets more."""

    def memory(wildcards, attempt):
        return first * attempt

    return memory


def local_files(wildcards):
    """Files that a role reads; a module's prefix is for results and leaves them alone."""
    return [local(path) for path in STUDY.local_files(wildcards)]


def judge_files(key):
    """Weights and templates on this machine, likewise."""
    present = STUDY.judge_files(key)

    def files(wildcards):
        return [local(path) for path in present(wildcards)]

    return files
