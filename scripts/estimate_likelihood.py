from ebmflow.stages.estimate_likelihood import estimate_likelihood
from ebmflow.stages.job import names_of, run

run(
    estimate_likelihood,
    snakemake,
    ages=snakemake.input.ages,
    dataset=snakemake.input.dataset,
    scores=snakemake.output.scores,
    rows=snakemake.output.rows,
    spec=snakemake.params.spec,
    run=names_of(snakemake.wildcards),
    seed=int(snakemake.wildcards.seed),
    device=snakemake.config["device"],
)
