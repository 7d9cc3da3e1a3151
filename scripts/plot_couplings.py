from ebmflow.stages.job import run
from ebmflow.stages.plot_couplings import plot_couplings

run(
    plot_couplings,
    snakemake,
    couplings=snakemake.input.couplings,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
