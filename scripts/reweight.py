from ebmflow.stages.job import run
from ebmflow.stages.reweight import reweight

run(
    reweight,
    snakemake,
    filtered=snakemake.input.filtered,
    weights=snakemake.output.weights,
    spec=snakemake.params.spec,
    threads=snakemake.threads,
)
