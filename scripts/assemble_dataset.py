from ebmflow.stages.assemble import assemble
from ebmflow.stages.job import run

run(
    assemble,
    snakemake,
    filtered=snakemake.input.filtered,
    labels=snakemake.input.labels,
    weights=snakemake.input.weights,
    assembled=snakemake.output.assembled,
    spec=snakemake.params.spec,
)
