from ebmflow.stages.estimate_costs import estimate_costs
from ebmflow.stages.job import names_of, run

run(
    estimate_costs,
    snakemake,
    unconstrained=snakemake.input.unconstrained,
    others={name: snakemake.input[name] for name in snakemake.params.spec["others"]},
    scores=snakemake.output.scores,
    run=names_of(snakemake.wildcards),
)
