from ebmflow.stages.compare_ages import compare_ages
from ebmflow.stages.job import run

run(
    compare_ages,
    snakemake,
    scores=snakemake.input.scores,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
