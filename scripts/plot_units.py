from ebmflow.stages.plot_units import plot_units
from ebmflow.stages.job import run

run(
    plot_units,
    snakemake,
    units=snakemake.input.units,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
