from ebmflow.stages.job import run
from ebmflow.stages.plot_untrained import plot_untrained

run(
    plot_untrained,
    snakemake,
    untrained=snakemake.input.untrained,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
