from ebmflow.stages.job import run
from ebmflow.stages.plot_confusion import plot_confusion

run(
    plot_confusion,
    snakemake,
    predictions=snakemake.input.predictions,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
