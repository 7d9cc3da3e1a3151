from ebmflow.stages.job import run
from ebmflow.stages.score_plausibility import score_plausibility

run(
    score_plausibility,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    plausibility=snakemake.output.plausibility,
    spec=snakemake.params.spec,
    seed=int(snakemake.wildcards.seed),
    device=snakemake.config["device"],
    threads=snakemake.threads,
)
