from ebmflow.stages.job import run
from ebmflow.stages.plot_plausibility import plot_plausibility

run(
    plot_plausibility,
    snakemake,
    plausibility=snakemake.input.plausibility,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
