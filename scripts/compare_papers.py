from ebmflow.stages.compare_papers import compare_papers
from ebmflow.stages.job import run

run(
    compare_papers,
    snakemake,
    scores=snakemake.input.scores,
    tables=snakemake.input.tables,
    output=snakemake.output.table,
    spec=snakemake.params.spec,
)
