from ebmflow.stages.job import run
from ebmflow.stages.plot_projection import plot_projection

run(
    plot_projection,
    snakemake,
    projection=snakemake.input.projection,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
