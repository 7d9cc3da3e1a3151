from ebmflow.stages.draw_logos import draw_logos
from ebmflow.stages.job import run

run(
    draw_logos,
    snakemake,
    logos=snakemake.input.logos,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
