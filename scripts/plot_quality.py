from ebmflow.stages.job import run
from ebmflow.stages.plot_quality import plot_quality

run(
    plot_quality,
    snakemake,
    scores=snakemake.input.scores,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
