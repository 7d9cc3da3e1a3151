from ebmflow.stages.job import run
from ebmflow.stages.plot_units import plot_units

run(
    plot_units,
    snakemake,
    units=snakemake.input.units,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
