from ebmflow.stages.job import run
from ebmflow.stages.plot_frequencies import plot_frequencies

run(
    plot_frequencies,
    snakemake,
    logos=snakemake.input.logos,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
