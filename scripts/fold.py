from ebmflow.stages.fold import fold
from ebmflow.stages.job import run

run(
    fold,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    structures=snakemake.output.structures,
    spec=snakemake.params.spec,
    interpreter=next(iter(snakemake.input.interpreter), None),
    seed=int(snakemake.wildcards.seed),
    device=snakemake.config["device"],
    threads=snakemake.threads,
)
