from ebmflow.stages.job import run
from ebmflow.stages.plot_learning import plot_learning

run(
    plot_learning,
    snakemake,
    scores=snakemake.input.scores,
    dataset=snakemake.input.dataset,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
