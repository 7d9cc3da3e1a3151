from ebmflow.stages.job import run
from ebmflow.stages.plot_label_theory import plot_label_theory

run(
    plot_label_theory,
    snakemake,
    overlap=snakemake.input.overlap,
    costs=snakemake.input.costs,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
