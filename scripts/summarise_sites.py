from ebmflow.stages.job import run
from ebmflow.stages.summarise_sites import summarise_sites

run(
    summarise_sites,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    logos=snakemake.output.logos,
    spec=snakemake.params.spec,
)
