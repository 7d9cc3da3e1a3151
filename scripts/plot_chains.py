from ebmflow.stages.job import run
from ebmflow.stages.plot_chains import plot_chains

run(
    plot_chains,
    snakemake,
    samples=snakemake.input.samples,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
