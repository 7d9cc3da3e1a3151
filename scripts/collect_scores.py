from ebmflow.stages.collect_scores import collect_scores
from ebmflow.stages.job import run

run(
    collect_scores,
    snakemake,
    inputs=snakemake.input.scores,
    table=snakemake.output.table,
    seeds=snakemake.output.seeds,
)
