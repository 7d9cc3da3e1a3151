from ebmflow.stages.job import names_of, run
from ebmflow.stages.measure_release import measure_release

run(
    measure_release,
    snakemake,
    ages=snakemake.input.ages,
    dataset=snakemake.input.dataset,
    **{name: snakemake.output[name] for name in ("scores", "vectors", "inputs", "morph")},
    spec=snakemake.params.spec,
    run=names_of(snakemake.wildcards),
    seed=int(snakemake.wildcards.seed),
)
