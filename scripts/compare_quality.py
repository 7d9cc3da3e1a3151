from ebmflow.stages.compare_quality import compare_quality
from ebmflow.stages.job import run

run(
    compare_quality,
    snakemake,
    scores=snakemake.input.scores,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
