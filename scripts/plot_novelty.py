from ebmflow.stages.job import run
from ebmflow.stages.plot_novelty import plot_novelty

run(
    plot_novelty,
    snakemake,
    novelty=snakemake.input.novelty,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
