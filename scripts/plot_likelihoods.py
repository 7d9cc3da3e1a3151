from ebmflow.stages.job import run
from ebmflow.stages.plot_likelihoods import plot_likelihoods

run(
    plot_likelihoods,
    snakemake,
    rows=snakemake.input.rows,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
