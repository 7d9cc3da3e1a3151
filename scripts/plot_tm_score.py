from ebmflow.stages.job import run
from ebmflow.stages.plot_structure import plot_structure

run(
    plot_structure,
    snakemake,
    structures=snakemake.input.tm_scores,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
