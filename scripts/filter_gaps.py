from ebmflow.stages.filter_gaps import filter_gaps
from ebmflow.stages.job import run

run(
    filter_gaps,
    snakemake,
    aligned=snakemake.input.aligned,
    filtered=snakemake.output.filtered,
    spec=snakemake.params.spec,
    dataset=snakemake.wildcards.dataset,
)
