from ebmflow.stages.job import run
from ebmflow.stages.plot_probes import plot_probes

run(
    plot_probes,
    snakemake,
    scores=snakemake.input.scores,
    pearson=snakemake.input.pearson,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
