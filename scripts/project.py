from ebmflow.stages.job import run
from ebmflow.stages.project import project

run(
    project,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    projection=snakemake.output.projection,
    spec=snakemake.params.spec,
)
