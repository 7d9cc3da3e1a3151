from ebmflow.stages.compare_structures import compare_structures
from ebmflow.stages.job import run

run(
    compare_structures,
    snakemake,
    structures=snakemake.input.structures,
    tm_scores=snakemake.output.tm_scores,
    spec=snakemake.params.spec,
    seed=int(snakemake.wildcards.seed),
    threads=snakemake.threads,
)
