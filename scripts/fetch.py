from ebmflow.stages.fetch import fetch
from ebmflow.stages.job import run

run(
    fetch,
    snakemake,
    fetched=snakemake.output.fetched,
    spec=snakemake.params.spec,
    role=snakemake.wildcards.role,
    mirror=snakemake.config.get("mirror"),
    threads=snakemake.threads,
)
