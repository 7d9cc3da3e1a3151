from ebmflow.stages.assemble_labels import assemble_labels
from ebmflow.stages.job import run

run(
    assemble_labels,
    snakemake,
    aligned=snakemake.input.aligned,
    fetched=snakemake.input.fetched,
    labels=snakemake.output.labels,
    spec=snakemake.params.spec,
)
