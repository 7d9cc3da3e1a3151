from ebmflow.stages.job import names_of, run
from ebmflow.stages.probe_hidden import probe_hidden

run(
    probe_hidden,
    snakemake,
    ages=snakemake.input.ages,
    dataset=snakemake.input.dataset,
    scores=snakemake.output.scores,
    pearson=snakemake.output.pearson,
    spec=snakemake.params.spec,
    run=names_of(snakemake.wildcards),
    seed=int(snakemake.wildcards.seed),
)
