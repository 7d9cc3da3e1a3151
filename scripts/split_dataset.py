from ebmflow.stages.job import run
from ebmflow.stages.split import split

run(
    split,
    snakemake,
    assembled=snakemake.input.assembled,
    dataset=snakemake.output.dataset,
    counts=snakemake.output.counts,
    spec=snakemake.params.spec,
    threads=snakemake.threads,
)
