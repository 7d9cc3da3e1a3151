from ebmflow.stages.job import run
from ebmflow.stages.write_pdb import write_pdb

run(
    write_pdb,
    snakemake,
    structures=snakemake.input.structures,
    archive=snakemake.output.archive,
    spec=snakemake.params.spec,
)
