from ebmflow.stages.job import run
from ebmflow.stages.plot_confusion_over_seeds import plot_confusion_over_seeds

run(
    plot_confusion_over_seeds,
    snakemake,
    confusion=snakemake.input.confusion,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
