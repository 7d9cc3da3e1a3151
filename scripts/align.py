from ebmflow.stages.align import align
from ebmflow.stages.job import run

run(
    align,
    snakemake,
    fetched=snakemake.input.fetched,
    aligned=snakemake.output.aligned,
    spec=snakemake.params.spec,
    dataset=snakemake.wildcards.dataset,
    threads=snakemake.threads,
)
