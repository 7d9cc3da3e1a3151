from ebmflow.stages.job import run
from ebmflow.stages.plot_prediction_time import plot_prediction_time

run(
    plot_prediction_time,
    snakemake,
    scores=snakemake.input.scores,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
