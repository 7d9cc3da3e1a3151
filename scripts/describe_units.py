from ebmflow.stages.describe_units import describe_units
from ebmflow.stages.job import run

run(
    describe_units,
    snakemake,
    ages=snakemake.input.ages,
    units=snakemake.output.units,
    spec=snakemake.params.spec,
)
