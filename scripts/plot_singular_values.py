from ebmflow.stages.job import run
from ebmflow.stages.plot_singular_values import plot_singular_values

run(
    plot_singular_values,
    snakemake,
    scores=snakemake.input.scores,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
