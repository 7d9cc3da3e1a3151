from ebmflow.stages.job import run
from ebmflow.stages.plot_training import plot_training

run(
    plot_training,
    snakemake,
    history=snakemake.input.history,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
