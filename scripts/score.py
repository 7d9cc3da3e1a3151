from ebmflow.stages.job import names_of, run
from ebmflow.stages.score import score

run(
    score,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    scores=snakemake.output.scores,
    spec=snakemake.params.spec,
    run=names_of(snakemake.wildcards),
    seed=int(snakemake.wildcards.seed),
    threads=snakemake.threads,
    models=snakemake.input.models,
)
