from ebmflow.stages.job import run
from ebmflow.stages.train import train

# Beside the results, and no output: Snakemake deletes outputs of a job that it restarts.
checkpoints = snakemake.output.ages.replace("results/models/", "results/checkpoints/", 1)
run(
    train,
    snakemake,
    dataset=snakemake.input.dataset,
    ages=snakemake.output.ages,
    manifest=snakemake.output.manifest,
    history=snakemake.output.history,
    checkpoint_dir=checkpoints,
    spec=snakemake.params.spec,
    seed=int(snakemake.wildcards.seed),
    device=snakemake.config["device"],
)
