from ebmflow.stages.job import run
from ebmflow.stages.plot_judged import plot_judged

run(
    plot_judged,
    snakemake,
    judged=snakemake.input.judged,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
