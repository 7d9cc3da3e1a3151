from ebmflow.stages.job import run
from ebmflow.stages.sample import sample

run(
    sample,
    snakemake,
    ages=snakemake.input.ages,
    dataset=snakemake.input.dataset,
    samples=snakemake.output.samples,
    spec=snakemake.params.spec,
    seed=int(snakemake.wildcards.seed),
    device=snakemake.config["device"],
)
