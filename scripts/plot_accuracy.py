from ebmflow.stages.job import run
from ebmflow.stages.plot_accuracy import plot_accuracy

run(
    plot_accuracy,
    snakemake,
    predictions=snakemake.input.predictions,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
