from ebmflow.stages.job import run
from ebmflow.stages.predict import predict

run(
    predict,
    snakemake,
    ages=snakemake.input.ages,
    dataset=snakemake.input.dataset,
    predictions=snakemake.output.predictions,
    spec=snakemake.params.spec,
    seed=int(snakemake.wildcards.seed),
    device=snakemake.config["device"],
)
