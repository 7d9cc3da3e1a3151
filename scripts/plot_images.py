from ebmflow.stages.job import run
from ebmflow.stages.plot_images import plot_images

run(
    plot_images,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
