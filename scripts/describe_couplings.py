from ebmflow.stages.describe_couplings import describe_couplings
from ebmflow.stages.job import run

run(
    describe_couplings,
    snakemake,
    ages=snakemake.input.ages,
    couplings=snakemake.output.couplings,
    spec=snakemake.params.spec,
)
