from ebmflow.stages.job import run
from ebmflow.stages.plot_costs import plot_costs

run(
    plot_costs,
    snakemake,
    scores=snakemake.input.scores,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
