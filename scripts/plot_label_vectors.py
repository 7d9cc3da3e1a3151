from ebmflow.stages.job import run
from ebmflow.stages.plot_label_vectors import plot_label_vectors

run(
    plot_label_vectors,
    snakemake,
    vectors=snakemake.input.vectors,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
